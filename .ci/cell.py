"""Runs one cell through a running JupyterLab, as a browser does.

    python cell.py PORT TOKEN 'CODE'

Prints what the cell prints. For the Python environment that holds JupyterLab.
"""
import json
import sys
import time
import urllib.request
import uuid

import websocket  # from websocket-client, which jupyter_server needs

port, token, code = sys.argv[1:]
deadline = time.monotonic() + 60
request = urllib.request.Request(
    f"http://127.0.0.1:{port}/api/kernels",
    data=b'{"name": "gonb"}',
    headers={"Authorization": f"token {token}"},
)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
kernel = json.load(opener.open(request, timeout=30))["id"]
channel = websocket.create_connection(
    f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels", timeout=60, header=[f"Authorization: token {token}"]
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
