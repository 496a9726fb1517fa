"""The events of the platform that run.js uses, on python-socketio."""

import socketio
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", ping_interval=1, ping_timeout=1)
app = web.Application()
server.attach(app)


@server.on("subscribe")
async def subscribe(sid, body):
    event = {"id": f"welcome-{sid}", "topic": body["topic"], "source": "database", "type": "t", "payload": {}}
    await server.emit("event", event, to=sid)
    return {"subscriptionId": body["subscriptionId"], "topic": body["topic"]}


@server.on("channel:join")
async def join(sid, body):
    await server.enter_room(sid, body["channel"])
    return {"channel": body["channel"], "memberCount": 1}


@server.on("channel:publish")
async def publish(sid, body):
    await server.emit("event", message(sid, body["channel"], body), room=body["channel"], skip_sid=sid)
    return {"id": body["id"]}


@server.on("direct")
async def direct(sid, body):
    if not server.manager.is_connected(body["targetSocketId"], "/"):
        return {"error": "NotFoundError", "message": "no such socket"}
    await server.emit("event", message(sid, "direct", body), to=body["targetSocketId"])
    return {"id": body["id"]}


def message(sender, topic, body):
    return {
        "id": body["id"],
        "topic": topic,
        "source": "socket",
        "type": body["event"],
        "payload": body["data"],
        "metadata": {"from": sender},
    }


async def main():
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    import asyncio

    asyncio.run(main())
