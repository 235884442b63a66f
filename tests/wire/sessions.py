"""Browsers: what they ask for, what pages tell them, how they sign in with the form, and what they send then."""
import re
from urllib.parse import urlencode

from people import PASSWORD
from wire import equal

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
POLICY = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OWN = {"Sec-Fetch-Site": "same-origin"}
COOKIE = re.compile(r"chartlocker=([0-9a-f]{64}); Path=/; HttpOnly; SameSite=Lax")


def send(running, path, fields, cookie=None, headers=OWN):
    cookies = {"Cookie": f"chartlocker={cookie}"} if cookie else {}
    return running.request("POST", path, urlencode(fields), FORM | headers | cookies)


def sign_in(running, name="alice", password=PASSWORD, cookie=None, **more):
    return send(running, "/login", {"name": name, "password": password, **more}, cookie)


def cookie_of(answer):
    equal(answer.status, 303, answer.body)
    return COOKIE.fullmatch(answer.headers["Set-Cookie"])[1]


def signed_in(running, *args, **more):
    return cookie_of(sign_in(running, *args, **more))
