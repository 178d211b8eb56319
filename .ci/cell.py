"""Runs one cell through a running JupyterLab, as a browser does.

    python cell.py http://127.0.0.1:8888/ TOKEN 'CODE'

Prints what the cell prints. For a Python environment that has websocket-client,
which JupyterLab needs too.
"""
import json
import sys
import time
import urllib.request
import uuid

import websocket

base, token, code = sys.argv[1:]
base = base.rstrip("/")
deadline = time.monotonic() + 60
authorization = f"token {token}"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(method, path, data=None):
    request = urllib.request.Request(base + path, data=data, method=method, headers={"Authorization": authorization})
    return opener.open(request, timeout=30)


kernel = json.load(ask("POST", "/api/kernels", b'{"name": "gonb"}'))["id"]
channel = websocket.create_connection(
    "ws" + base.removeprefix("http") + f"/api/kernels/{kernel}/channels",
    timeout=60,
    header=[f"Authorization: {authorization}"],
    http_no_proxy=["*"],
)
asked = uuid.uuid4().hex
header = {"msg_id": asked, "msg_type": "execute_request", "session": asked, "username": "ci", "version": "5.3"}
content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
channel.send(json.dumps({"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}))
# The reply and the output travel on two channels: both must have ended.
reply, idle = None, False
while reply is None or not idle:
    if time.monotonic() > deadline:
        raise SystemExit("no answer within a minute")
    message = json.loads(channel.recv())
    if message["parent_header"].get("msg_id") != asked:
        continue
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        sys.stdout.write(content["text"])
    elif kind == "execute_reply":
        reply = content["status"]
    elif kind == "status":
        idle = content["execution_state"] == "idle"
raise SystemExit(reply != "ok")
