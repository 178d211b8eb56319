"""A student's visit to a JupyterHub: python hub_student.py http://127.0.0.1:8000/class

Logs in as a browser does, waits for the server, opens the first lesson through
the hub's address, runs a cell, and stops the server.
"""
import http.cookiejar
import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

hub = sys.argv[1]
name = "ann"
jar = http.cookiejar.CookieJar()
browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # without ann's cookies


def ask(path, data=None, method=None, token=None, opener=browser):
    """Returns status, body and final address."""
    headers = {"Authorization": f"token {token}"} if token else {}
    if "/api/" in path:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(hub + path, data=data, method=method, headers=headers)
    try:
        answer = opener.open(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read(), answer.geturl()


def until(what, seconds, done):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"WRONG: {what} did not happen within {seconds} s")
        time.sleep(0.2)


def want(what, got, expected):
    if got != expected:
        raise SystemExit(f"WRONG: {what}: {got!r}, want {expected!r}")
    print(f"ok: {what}: {got}")


def answers():
    try:
        return ask("/hub/api")[0] == 200
    except OSError:
        return False


def log_in(password):
    ask("/hub/login")  # sets the cookie against forged forms
    xsrf = next(c.value for c in jar if c.name == "_xsrf" and c.path.endswith("/hub/"))
    form = urllib.parse.urlencode({"username": name, "password": password, "_xsrf": xsrf}).encode()
    return ask("/hub/login?next=" + urllib.parse.quote(urllib.parse.urlsplit(hub).path + "/hub/home"), form)


until("an answer of the hub", 60, answers)
want("the hub refuses a wrong password", log_in("mellon")[0], 403)
status, _, where = log_in("sesame")
want("the hub lets the student in", (status, where), (200, hub + "/hub/home"))

# The home page carries what its own buttons send with each request.
xsrf = next(c.value for c in jar if c.name == "_xsrf" and c.path.endswith("/hub/"))
status, body, _ = ask(f"/hub/api/users/{name}/tokens?_xsrf={xsrf}", b'{"note": "a visit"}', "POST")
want("the hub gives a token", status, 201)
token = json.loads(body)["token"]

began = time.monotonic()
status = ask(f"/hub/api/users/{name}/server?_xsrf={xsrf}", b"", "POST")[0]
want("the hub starts the image", status in (201, 202), True)
until("a ready server", 90, lambda: json.loads(ask(f"/hub/api/users/{name}", token=token)[1])["servers"].get("", {}).get("ready"))
print(f"the student's server is ready {time.monotonic() - began:.1f} s after the button")

lesson = "socketbook/01-an-address-and-a-door.ipynb"
status, body, where = ask(f"/user/{name}/")  # the button "My Server": logs in there through the hub
want("the first lesson opens", (status, where), (200, f"{hub}/user/{name}/lab/tree/{lesson}?"[:-1]))
want("… and it is JupyterLab", b"jupyter-config-data" in body, True)
want("the lesson is the student's to write", json.loads(ask(f"/user/{name}/api/contents/{lesson}?content=0", token=token)[1])["writable"], True)
kernels = json.loads(ask(f"/user/{name}/api/kernelspecs", token=token)[1])["kernelspecs"]
want("the kernels on offer", list(kernels), ["gonb"])
want("another token is refused", ask(f"/user/{name}/api/contents", token="0" * 32, opener=plain)[0], 403)
cell = subprocess.run(
    [sys.executable, ".ci/cell.py", f"{hub}/user/{name}", token, "%%\nfmt.Println(6 * 7)"], capture_output=True, text=True
)
want("a cell answers through the hub", cell.stdout.strip() or cell.stderr, "42")

began = time.monotonic()
want("the hub stops the image", ask(f"/hub/api/users/{name}/server?_xsrf={xsrf}", method="DELETE")[0] in (202, 204), True)
until("the server's end", 60, lambda: not json.loads(ask(f"/hub/api/users/{name}", token=token)[1])["servers"])
print(f"it stopped {time.monotonic() - began:.1f} s after the button")
