#!/usr/bin/env python3
"""intruder.py - tries to get into a running core, in one way, and looks whether it was turned away.

    intruder.py ADDRESS KIND [TOKEN]

ADDRESS: unix:PATH or tcp:IP:PORT. TOKEN: in hexadecimal digits, for the kinds that have stolen it. Status 0: turned
away within 30 s without having been told anything; 1: not, and why.
"""
import os
import resource
import socket
import struct
import sys
import time

PATIENCE = 30  # s; the core's own is 10 s
MAGIC = b"ptpar/\0"
OVERSIZED = struct.pack(">I", (64 << 20) + 1)


def connect(address):
    kind, _, where = address.partition(":")
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.connect(where)
    else:
        ip, _, port = where.rpartition(":")
        s = socket.create_connection((ip, int(port)))
    return s


def send(s, data):
    """What the other side has closed already takes nothing."""
    try:
        s.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass


def is_turned_away(s, patience=PATIENCE):
    """Closed by the other side, without a word."""
    s.settimeout(patience)
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True
    except socket.timeout:
        return False


def one(address, data):
    with connect(address) as s:
        send(s, data)
        return is_turned_away(s)


def drip(address, data):
    """A byte now, and then one in a while: what is sent does not buy time."""
    began = time.monotonic()
    with connect(address) as s:
        for byte in data:
            send(s, bytes([byte]))
            if is_turned_away(s, 3):
                return True
            if time.monotonic() - began > PATIENCE:
                return False
    return False


def crowd(address, n):
    """So many connections that say nothing; no more are held than this process may have open. The last ones would be
    borne for some seconds (as `silent` is): they leave by themselves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = min(n + 64, hard if hard != resource.RLIM_INFINITY else n + 64)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, room), hard))
    room = max(soft, room) - 64
    held = []
    for _ in range(n):
        if len(held) >= room:
            held.pop(0).close()
        held.append(connect(address))
    return all(is_turned_away(s) for s in held[:-128])


def main():
    address, kind = sys.argv[1:3]
    token = bytes.fromhex(sys.argv[3]) if len(sys.argv) > 3 else os.urandom(32)
    version = bytes([int(os.environ.get("WIRE_VERSION", "2"))])
    preface = MAGIC + version + token
    ways = {
        "nothing-right": lambda: one(address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + b" " * 64),
        "wrong-token": lambda: one(address, MAGIC + version + os.urandom(32)),
        "wrong-version": lambda: one(address, MAGIC + b"\xfe" + token),
        "flood": lambda: one(address, b"\xff" * (8 << 20)),
        "half-preface": lambda: one(address, preface[:17]),
        "silent": lambda: one(address, b""),
        "half-frame": lambda: one(address, preface + struct.pack(">I", 100) + b"\x93\x01"),
        "oversized-early": lambda: one(address, OVERSIZED + b"\x93" * 64),
        "oversized": lambda: one(address, preface + OVERSIZED),
        "boasting": lambda: one(address, preface + b"\0\0\0\5\xdd\xff\xff\xff\xff"),
        "no-hello": lambda: one(address, preface + b"\0\0\0\2\x91\x07"),
        "drip": lambda: drip(address, preface),
        "crowd": lambda: crowd(address, 10000),
    }
    if not ways[kind]():
        print(f"{kind}: was not turned away", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
