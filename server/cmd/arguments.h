/* The command line as a command reads it, and as everybody on this machine sees it in ps. */
#pragma once

/* A copy of the arguments that stays until the end; in those of the process the passwords are covered: of
 * addresses (https://USER:PASSWORD@HOST), of --basic-auth-pass, and what -H and --header say. Out of
 * memory, argv itself, as it is.                                                              */
char **arguments_take(int argc, char **argv);
