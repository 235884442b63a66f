/* Every number a stranger controls, with its limit and its unit. Helm's own limits are in
 * clients.md §2.1, the reasons for the others in trust.md §6.                               */
#pragma once

#define KIB 1024u
#define MIB (1024u * 1024u)

/* Archives */
#define CHART_ARCHIVE_MAX_BYTES    (20u * MIB)      /* default of upload.max_bytes; ChartMuseum's */
#define CHART_UNPACKED_MAX_BYTES   (100u * MIB)     /* Helm ≥ 3.17.3 */
#define CHART_FILE_MAX_BYTES       (5u * MIB)       /* Helm ≥ 3.17.3 */
#define CHART_RATIO_FREE_BYTES     (64u * MIB)      /* below this any ratio is accepted */
#define CHART_RATIO_MAX            50u              /* unpacked : packed */
#define CHART_MEMBERS_MAX          10000u
#define CHART_MEMBER_NAME_MAX_BYTES 1024u
#define CHART_MEMBER_SEGMENT_MAX_BYTES 255u
#define CHART_MEMBER_DEPTH_MAX     32u
#define CHART_NESTING_MAX          10u              /* charts within charts, Helm has none */
#define GZIP_HEADER_FIELD_MAX_BYTES (1u * KIB)      /* FEXTRA, FNAME, FCOMMENT each */
#define PAX_HEADER_MAX_BYTES       (64u * KIB)
#define CHART_PARSED_MAX_BYTES     (16u * MIB)      /* metadata, values, schemas: 5 MiB take 0.3 s */
#define CHART_WARNINGS_MAX         16u              /* later ones are dropped */

/* YAML and metadata */
#define YAML_DEPTH_MAX             64u
#define ANSWER_DEPTH_MAX           128u             /* of our API: GRAPH_DEPTH_MAX objects and lists, and some */
#define YAML_EVENTS_MAX            100000u          /* Chart.yaml, requirements, locks */
#define YAML_VALUES_EVENTS_MAX     1000000u         /* values.yaml, after aliases are expanded */
#define YAML_SCALAR_MAX_BYTES      (64u * KIB)      /* Chart.yaml; values have the file limit */
#define YAML_NUMBER_MAX_BYTES      512u             /* longer ones are strings; go-yaml has none */
#define CHART_YAML_MAX_BYTES       (1u * MIB)
#define CHART_NAME_MAX_BYTES       250u             /* helm create */
#define CHART_VERSION_MAX_BYTES    256u
#define CHART_TEXT_MAX_BYTES       (32u * KIB)      /* one string of the metadata */
#define CHART_LIST_MAX             500u             /* maintainers, keywords, … each */
#define INDEX_LINE_MAX_BYTES       (1u * MIB)
#define PROVENANCE_MAX_BYTES       (1u * MIB)
#define SEMVER_RANGE_MAX_BYTES     512u             /* Masterminds' */
#define SEMVER_RANGE_GROUPS_MAX    32u              /* Masterminds' */
#define CHART_SCHEMA_DEPTH_MAX     512u             /* values.schema.json */
#define LOCK_DIGESTED_MAX_BYTES    (8u * MIB)       /* the dependencies as Helm hashes them */

/* Values as they are shown */
#define VALUES_EVENTS_MAX          200000u          /* of all values.yaml of a chart, aliases expanded */
#define VALUES_NODES_MAX           100000u          /* of all maps that are merged */
#define VALUES_ROWS_MAX            20000u
#define VALUES_DEPTH_MAX           64u              /* what is deeper is text in its row */
#define VALUES_PROBLEMS_MAX        32u
#define VALUES_LINES_MAX           200000u          /* of a values.yaml; later ones have no comments */
#define VALUES_STEPS_MAX           2000000u         /* looking for keys, ranges, subcharts */
#define VALUES_SUBCHARTS_MAX       1000u            /* each as often as it is used */
#define VALUES_ABSENT_MAX          2000u            /* rows that the schema alone knows */
#define VALUES_ABSENT_DEPTH_MAX    3u               /* of them, below the last one that is there */
#define VALUE_PATH_MAX_BYTES       1024u            /* values with longer ones are left out */
#define VALUE_SHOWN_MAX_BYTES      512u
#define VALUE_COMMENT_MAX_BYTES    (4u * KIB)
#define VALUE_SET_MAX_BYTES        (4u * KIB)
#define VALUE_YAML_MAX_BYTES       (64u * KIB)
#define SCHEMA_MAX_BYTES           (2u * MIB)       /* of all values.schema.json of a chart */
#define SCHEMA_STEPS_MAX           2000000u
#define SCHEMA_DEPTH_MAX           128u             /* schemas within schemas, $ref followed */
#define SCHEMA_PLACE_MAX           16u              /* schemas that speak of one value */
#define SCHEMA_VIOLATIONS_MAX      200u
#define SCHEMA_TEXT_MAX_BYTES      1024u
#define SCHEMA_PROBLEMS_MAX        8u

/* README.md and other Markdown of a chart */
#define MARKDOWN_MAX_BYTES         (1u * MIB)       /* what follows the last line of them is not shown */
#define MARKDOWN_HTML_MAX_BYTES    (4u * MIB)
#define MARKDOWN_DEPTH_MAX         64u              /* elements within elements */
#define MARKDOWN_MARKS_MAX         512u             /* ">" and "-" before a line; two spaces count as one */
#define MARKDOWN_WORK_MAX          (64u * MIB)      /* "]" and addresses × bytes before them in a paragraph;
                                                       the parser is quadratic there, real ones have 1 Mi */
#define MARKDOWN_STEPS_MAX         (4u * MIB)       /* pieces of text, elements, empty cells */
#define MARKDOWN_HEADINGS_MAX      500u             /* later ones have no address */
#define MARKDOWN_HEADING_MAX_BYTES 256u             /* of its address, and in a table of contents */
#define MARKDOWN_LINKS_MAX         10000u           /* later ones are text */
#define MARKDOWN_LINK_MAX_BYTES    (8u * KIB)       /* longer ones are text */
#define MARKDOWN_LINKS_MAX_BYTES   (4u * MIB)       /* together: one definition serves many links */
#define MARKDOWN_TITLE_MAX_BYTES   (1u * KIB)       /* of a link, and what stands for an image */
#define MARKDOWN_LANGUAGE_MAX_BYTES 32u             /* of a code block */
#define MARKDOWN_IMAGE_MAX_PIXELS  2000u
#define MARKDOWN_SPAN_MAX          100u             /* columns or rows of a cell */

/* Trust */
#define CLEARTEXT_SIGNATURE_MAX_BYTES (16u * KIB)   /* armored; one of RSA 4096 has 1 KiB */
#define OPENPGP_KEYRING_MAX_BYTES  (1u * MIB)
#define OPENPGP_KEYS_MAX           1000u            /* with subkeys */
#define GLOB_MAX_BYTES             256u
#define SECRET_MAX_BYTES           1024u            /* a password or a token */
#define PASSWORD_MIN_BYTES         8u               /* of new ones */
#define PERSON_NAME_MAX_BYTES      64u              /* of a user or a token */
#define TOKEN_DAYS                 90u              /* until it expires, where nothing is said */
#define TOKENS_PER_USER_MAX        100u             /* that no settings file declares */
#define PEOPLE_ANSWER_MAX_BYTES    (16u * MIB)
#define PASSWORD_MAX_BYTES         1024u
#define SIGNING_KEY_FILE_MAX_BYTES (4u * KIB)
#define NOTE_MAX_BYTES             (1u * MIB)
#define NOTE_SIGNATURES_MAX        100u             /* Go's */
#define NOTE_NAME_MAX_BYTES        255u

/* HTTP */
#define HTTP_URI_MAX_BYTES         (8u * KIB)
#define HTTP_HEADER_LINE_MAX_BYTES (8u * KIB)
#define HTTP_HEADERS_MAX           100u
#define HTTP_HEADERS_MAX_BYTES     (32u * KIB)
#define HTTP_QUERY_PARAMS_MAX      64u
#define HTTP_SEGMENTS_MAX          16u              /* of a path */
#define HTTP_HOST_MAX_BYTES        255u
#define HTTP_REQUEST_ID_MAX_BYTES  64u
#define HTTP_CONNECTION_MEMORY_BYTES (128u * KIB)   /* libmicrohttpd's pool per connection */
#define HTTP_RESPONSE_PIECES_MAX   1000u            /* libmicrohttpd hangs above 1,024 */
#define HTTP_HEADER_DEADLINE_SECONDS 10u
#define HTTP_IDLE_SECONDS          75u
#define HTTP_BODY_MIN_BYTES_PER_SECOND 1024u        /* over HTTP_BODY_RATE_SECONDS */
#define HTTP_BODY_RATE_SECONDS     30u
#define HTTP_SEND_MIN_BYTES_PER_SECOND 1024u        /* over HTTP_SEND_RATE_SECONDS */
#define HTTP_SEND_RATE_SECONDS     30u
#define HTTP_ALIVE_SECONDS         10u              /* a watchdog that looked longer ago hangs */
#define HTTP_LINGER_SECONDS        5u               /* a refused body is dropped: the answer arrives */
#define HTTP_UNREAD_MAX_BYTES      (64u * KIB)      /* dropped at a close, for the same reason */
#define TLS_FILE_MAX_BYTES         (1u * MIB)       /* certificates or a key */
#define TLS_CHAIN_MAX              16u
#define HTTP_LISTENERS_MAX         64u              /* handed over by a service manager */
#define HTTP_FORWARDED_MAX         32u              /* proxies in a row that are believed */
#define CONTROL_CONNECTIONS_MAX    64u
#define MULTIPART_BOUNDARY_MAX_BYTES 70u            /* RFC 2046 §5.1.1 */
#define MULTIPART_PARTS_MAX        16u
#define MULTIPART_HEADER_MAX_BYTES (8u * KIB)
#define MULTIPART_PREAMBLE_MAX_BYTES (8u * KIB)
#define REQUEST_ARENA_MAX_BYTES    (1u * MIB)
#define CHARTS_LIST_MAX_BYTES      (64u * MIB)      /* one answer of ChartMuseum's API */
#define TEXTS_MAX_BYTES            (256u * MIB)     /* of those that go out, and those that are kept */
#define TEXTS_KEPT                 8u               /* repositories whose list is kept */
#define API_BODY_MAX_BYTES         (512u * KIB)     /* a JSON object for the API */

/* Pages */
#define SITE_LOGO_MAX_BYTES        (256u * KIB)
#define PAGE_HTML_MAX_BYTES        (8u * MIB)       /* HTML, before it is compressed */
#define FORM_MAX_BYTES             (32u * KIB)      /* that a page sends back */
#define FORM_LONG_MAX_BYTES        (512u * KIB)     /* where a field is a keyring */
#define KEPT_REPOS_SHOWN           200u             /* deleted repositories that can be purged */
#define UPLOAD_FILES_MAX           12u              /* in one form of /upload */
#define UPLOAD_SHOWN_MS            2000u            /* until their pages are there */
#define VERSIONS_SHOWN_MAX         1000u            /* on one page; so of the others */
#define VALUES_SHOWN_MAX           500u
#define VALUES_SHOWN_MAX_BYTES     (1u * MIB)       /* of their texts together; six times that escaped */
#define VALUE_COMMENT_SHOWN_BYTES  400u             /* in the table; the whole one is asked for by ?path */
#define VALUE_SET_SHOWN_BYTES      120u
#define FILES_PACKED_MAX           10000u           /* in packed subcharts; more cannot be opened */
#define FILES_SHOWN_MAX            3000u            /* names in a tree */
#define FILE_LINES_SHOWN_MAX       10000u
#define COMPARE_ROWS_SHOWN_MAX     300u             /* of a section */
#define COMPARE_LINES_SHOWN_MAX    1500u            /* of all files, in hunks */
#define COMPARE_SHOWN_MAX_BYTES    (1u * MIB)       /* of those lines */
#define COMPARE_CHOICES_MAX        1000u            /* versions to choose from */
#define USERS_SHOWN_MAX            200u             /* charts that depend on one */
#define RELEASES_SHOWN_MAX         100u
#define ENTRIES_SHOWN_MAX          2000u

/* APIs of other hubs, feeds, badges */
#define HUB_ANSWER_MAX_BYTES       (128u * MIB)     /* a list of charts, before it is compressed */
#define ICON_MAX_BYTES             (1u * MIB)       /* of one that a chart brings along */

#define FEED_ENTRIES_MAX           100u
#define FEED_ENTRY_MAX_BYTES       (64u * KIB)      /* of what changed in a version, as HTML */
#define FEED_MAX_BYTES             (64u * MIB)      /* escaped, that may be six times as much */
#define SITEMAP_URLS_MAX           50000u           /* of one file; sitemaps.org says so */
#define BADGE_TEXT_MAX_BYTES       80u              /* of each half */

/* Who may do what */
#define ROLES_MAX                  64u              /* lines of an account, a token or the proxy */
#define AUTH_NAME_MAX_BYTES        250u             /* of a user, as he sends it */
#define AUTH_GROUPS_MAX_BYTES      (8u * KIB)       /* the proxy's header */
#define AUTH_HASH_THREADS          2u               /* 32 MiB each */
#define AUTH_HASHES_WAITING_MAX    512u             /* different ones; more get 429 */
#define AUTH_HASHES_PER_ADDRESS_MAX 16u             /* of them from one address */
#define AUTH_REMEMBERED_MAX        4096u            /* verified passwords; a power of two */
#define AUTH_SLOWED_MAX            8192u            /* addresses and accounts; a power of two */
#define LOGIN_WINDOW_SECONDS       300u             /* in which so many logins may fail: */
#define LOGIN_FAILURES_MAX         10u              /* of one account from one address */
#define LOGIN_ADDRESS_FAILURES_MAX 100u             /* from one address */
#define AUTH_SETUP_HOURS           24u
#define SESSIONS_MAX               16384u           /* browsers that are signed in */
#define SESSIONS_PER_PERSON_MAX    50u
#define SESSION_HOURS              12u              /* unused */
#define SESSION_DAYS_MAX           7u               /* used or not */

/* Audit log */
#define AUDIT_OBJECT_MAX_BYTES     1024u            /* what a row is about; longer paths are cut */
#define AUDIT_QUEUE_MAX            1024u            /* rows of refused requests that wait */
#define AUDIT_STRANGERS_PER_SECOND 10u              /* rows of the anonymous; the queue is their burst */
#define AUDIT_LIMIT                100u             /* rows in one answer, unless it asks for more */
#define AUDIT_LIMIT_MAX            1000u

/* Differences and colours */
#define DIFF_TEXT_MAX_BYTES        (1u * MIB)       /* that differ, each side; more are not compared by line */
#define DIFF_LINES_MAX             50000u           /* that differ, each side: 0.2 s at worst */
#define HIGHLIGHT_MAX_BYTES        (1u * MIB)       /* what follows is not shown */
#define HIGHLIGHT_LINES_MAX        50000u
#define HIGHLIGHT_HTML_MAX_BYTES   (8u * MIB)
#define HIGHLIGHT_LINE_MAX_BYTES   (4u * KIB)       /* longer ones have no colours */
#define COMPARE_DIFFED_MAX_BYTES   (4u * MIB)       /* files whose changed lines are counted, old and new */
#define COMPARE_SCHEMA_PLACES_MAX  5000u            /* values that two schemas know, in an answer */

/* Waiting for events */
#define EVENTS_WAIT_MAX_SECONDS    30u
#define EVENTS_WAKE_MS             100u             /* at most so often while there are many */
#define EVENTS_WAITERS_MAX         4096u            /* connections that sleep */
#define EVENTS_LIMIT               100u             /* in one answer, unless it asks for more */
#define EVENTS_LIMIT_MAX           1000u
#define EVENTS_LOOKED_AT_MAX       50000u           /* for a page of those that somebody filters */

/* Repositories */
#define REPO_SEGMENT_MAX_BYTES     63u
#define REPO_NAME_MAX_BYTES        (2u * REPO_SEGMENT_MAX_BYTES + 1u)
#define CHART_FILE_NAME_MAX_BYTES  240u             /* leaves room for ".prov" in 255 */
#define CACHED_CHART_MAX_BYTES     (64u * KIB)      /* larger files go out by sendfile */
#define INDEX_LEAVES_MAX           512u
#define PUBLISH_QUEUE_MAX          1024u
#define VIEWS_MAX                  8u               /* indexes of the past in memory */
#define USED_BY_MAX                100u             /* charts named that depend on a version */
#define VERSIONS_PAGE_MAX          1000u            /* versions in one answer */
#define PULLS_MAX                  65536u           /* files whose downloads wait to be counted */
#define REASON_MAX_BYTES           (4u * KIB)       /* of a deletion or a yank */

/* The catalog of charts */
#define CONTENTS_MAX_BYTES         (64u * MIB)      /* unpacked charts that are kept */
#define SEARCH_README_MAX_BYTES    (64u * KIB)      /* words of a README that are searched */
#define SEARCH_KEYS_MAX_BYTES      (64u * KIB)      /* values: paths and what they mean */
#define SEARCH_TEXT_MAX_BYTES      512u             /* of what a person typed */
#define SEARCH_TERMS_MAX           16u              /* words of it, phrases' and fields' included */
#define SEARCH_WORD_MAX_BYTES      64u              /* longer ones are cut */
#define SEARCH_CHART_WORDS_MAX     4000u            /* of a chart without its README and values */
#define SEARCH_FACET_VALUES        12u              /* listed of each facet, besides the chosen ones */
#define SEARCH_DEADLINE_MS         250u
#define SEARCH_MATCHES_MAX         100000u          /* charts that are ranked */
#define SUGGESTIONS_MAX            50u              /* of one answer */
#define KUBE_MINORS                64u              /* Kubernetes 1.0 … 1.63, a bit each */
#define KUBE_NEWEST_MINOR          37u              /* 1.37, of August 2026; raise it with each release */
#define EDGES_MAX                  2000u            /* dependencies of a version, vendored ones included */
#define GRAPH_EDGES_MAX            10000u           /* dependencies in one graph */
#define GRAPH_NODES_MAX            10000u           /* in one tree; of paths there may be 2^n */
#define GRAPH_DEPTH_MAX            32u
#define GRAPH_NAMES_MAX            12u              /* named of one cycle or conflict */
#define GRAPH_FINDINGS_MAX         100u             /* cycles, and conflicts */
#define GRAPH_ELSEWHERE_MAX        3u               /* repositories named that have a missing chart */
#define GRAPH_HINTS_MAX            200u             /* missing charts that are looked for elsewhere */
#define GRAPH_SCAN_MAX             20000u           /* rows looked at for one page of users */
#define GRAPH_UNREAD_MAX           32u              /* archives read for one graph, where rows are not yet there */
#define HUB_ADDRESSES_MAX          129u             /* public_url; each listener with base_path and without */
#define HUB_LOOKS_MAX              1000u            /* charts to look at again; of more, all of them are */
#define HUB_PULL_DAYS              30               /* of which downloads are counted */
#define HUB_PULLS_SECONDS          300              /* how old that count may be */
#define HUB_PURGE_WAIT_MS          30000u           /* for what a purge takes out */
#define HUB_WAIT_EVENTS            1000u            /* more will not be read in that time: no use to wait */
#define HUB_WAIT_MS                1000u            /* for a change that was just acknowledged */

/* Other servers, and the server of a command */
#define FETCH_CONNECT_SECONDS      10u
#define FETCH_STALL_SECONDS        30u              /* without one byte */
#define FETCH_INDEX_MAX_BYTES      (256u * MIB)
#define FETCH_ANSWER_SECONDS       120u             /* index or chart, all of it */
#define FETCH_REDIRECTS_MAX        10u
#define CREDENTIALS_MAX_BYTES      (1u * MIB)       /* what login keeps, all servers */
#define PUSH_ANSWER_MAX_BYTES      (1u * MIB)
#define CONTROL_ANSWER_MAX_BYTES   (64u * MIB)
#define MAINTAIN_REPORT_MAX_BYTES  (16u * MIB)      /* of fsck and rebuild */
#define MAINTAIN_PROBLEMS_MAX      10000u           /* listed; all are counted */

/* Files that are named to commands */
#define CONFIG_MAX_BYTES           (1u * MIB)
#define CONFIG_VALUE_MAX_BYTES     (64u * KIB)
#define INDEX_FILE_MAX_BYTES       (1024u * MIB)    /* read or written by chartlocker index */
#define DIRECTORY_DEPTH_MAX        32u              /* of a directory to import or push */

/* What is in a chart: kinds, images, annotations, changelog. What is more is left out, and told */
#define KINDS_DOCUMENT_MAX_BYTES   (512u * KIB)     /* a CRD: without its schemas */
#define KINDS_WORDS_MAX            256u             /* lines with kind or apiVersion, per document */
#define KINDS_PAIRS_MAX            64u              /* of them; compared with each other */
#define KINDS_MAX                  10000u
#define RBAC_RULES_MAX             5000u
#define RBAC_BINDINGS_MAX          1000u
#define CRDS_MAX                   2000u
#define CRD_VERSIONS_MAX           100u
#define CHART_IMAGES_MAX           2000u
#define IMAGES_FOUND_MAX           20000u           /* places; an image may be found at many */
#define IMAGE_MAX_BYTES            512u
#define IMAGE_TAG_MAX_BYTES        128u             /* distribution's */
#define IMAGE_PATH_MAX_BYTES       (1u * KIB)       /* of a value; what is deeper is not looked at */
#define CHANGELOG_RELEASES_MAX     2000u
#define CHANGELOG_ENTRIES_MAX      20000u           /* of all releases */
#define CHANGELOG_ENTRY_MAX_BYTES  (2u * KIB)
#define CHANGELOG_HEADING_MAX_BYTES 300u            /* longer ones begin no release */
#define CHANGELOG_DATE_MAX_BYTES   40u
#define CHANGELOG_LINKS_MAX        50u              /* of one entry */
#define ANNOTATION_WARNINGS_MAX    100u
#define ANNOTATION_WARNING_MAX_BYTES 200u
#define PEOPLE_SAID_MAX            100u             /* by annotation, that are searched and counted */
#define CRDS_SAID_MAX              200u             /* by annotation; each is compared with CRDS_MAX */
#define CRD_EXAMPLES_MAX_BYTES     (16u * KIB)      /* of a chart's page; what follows is counted */
#define LICENSE_READ_MAX_BYTES     (16u * KIB)      /* the first of LICENSE tell which it is */
#define CATEGORY_WORD_MAX_BYTES    64u              /* of a keyword; longer ones say nothing */
