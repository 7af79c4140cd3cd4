"""Runs the middleware of docs/backends.md: { snippet, cases } on standard input, the answers on standard output."""

import json
import sys

import django
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

settings.configure(ALLOWED_HOSTS=["*"])
django.setup()

given = json.load(sys.stdin)
snippet = {}
exec(compile(given["snippet"], "docs/backends.md", "exec"), snippet)
middleware = snippet["AssertionMiddleware"](lambda request: HttpResponse(request.session_claims["sub"]))


def answer(assertion):
    headers = {} if assertion is None else {"X-Auth-Assertion": assertion}
    response = middleware(RequestFactory().get("/", headers=headers))
    return {"status": response.status_code, "body": response.content.decode()}


print(json.dumps([answer(one) for one in given["cases"]]))
