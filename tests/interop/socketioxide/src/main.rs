//! The events of the platform that `run.js` uses, on socketioxide.

use std::time::Duration;

use serde_json::{Value, json};
use socketioxide::{
    SocketIo,
    extract::{AckSender, Data, SocketRef},
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let heartbeat = Duration::from_secs(1);
    let (layer, io) = SocketIo::builder().ping_interval(heartbeat).ping_timeout(heartbeat).build_layer();
    io.ns("/", connect);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("its address").port());
    axum::serve(listener, axum::Router::new().layer(layer)).await.expect("a server");
}

async fn connect(socket: SocketRef) {
    socket.on("subscribe", async |socket: SocketRef, Data::<Value>(body), ack: AckSender| {
        let topic = text(&body, "topic");
        ack.send(&json!({ "subscriptionId": body["subscriptionId"], "topic": topic })).ok();
        let id = format!("welcome-{}", socket.id);
        socket.emit("event", &json!({ "id": id, "topic": topic, "source": "database", "type": "t", "payload": {} })).ok();
    });
    socket.on("channel:join", async |socket: SocketRef, Data::<Value>(body), ack: AckSender| {
        socket.join(text(&body, "channel"));
        ack.send(&json!({ "channel": body["channel"], "memberCount": 1 })).ok();
    });
    socket.on("channel:publish", async |socket: SocketRef, Data::<Value>(body), ack: AckSender| {
        let channel = text(&body, "channel");
        socket.to(channel.clone()).emit("event", &message(&body, &channel, &socket)).await.ok();
        ack.send(&json!({ "id": body["id"] })).ok();
    });
    socket.on("direct", async |socket: SocketRef, io: SocketIo, Data::<Value>(body), ack: AckSender| {
        let target = text(&body, "targetSocketId").parse().ok().and_then(|id| io.get_socket(id));
        let answer = match target.map(|target| target.emit("event", &message(&body, "direct", &socket))) {
            Some(Ok(())) => json!({ "id": body["id"] }),
            _ => json!({ "error": "NotFoundError", "message": "no such socket" }),
        };
        ack.send(&answer).ok();
    });
}

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_default().to_owned()
}

fn message(body: &Value, topic: &str, from: &SocketRef) -> Value {
    let metadata = json!({ "from": from.id.as_str() });
    let (id, kind, payload) = (&body["id"], &body["event"], &body["data"]);
    json!({ "id": id, "topic": topic, "source": "socket", "type": kind, "payload": payload, "metadata": metadata })
}
