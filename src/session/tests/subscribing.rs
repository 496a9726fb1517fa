//! What the server is told of subscriptions, and what it answers.

use super::*;

#[test]
fn keeps_subscriptions_across_reconnect_in_order() {
    let mut world = World::new(|_| {});
    assert_eq!(world.session.subscribe(world.now, "a", None, None), "sub_1");
    world.connect();
    let filter = Some(r#"{"campusId":12}"#.to_owned());
    assert_eq!(world.session.subscribe(world.now, "b", filter, Some("diff".into())), "sub_2");
    assert_eq!(world.session.subscribe(world.now, "c", None, None), "sub_3");
    assert!(world.session.unsubscribe("sub_3") && !world.session.unsubscribe("sub_3"));
    let first = r#"["subscribe",{"subscriptionId":"sub_1","topic":"a"}]"#;
    let second = r#"["subscribe",{"filter":{"campusId":12},"returnMode":"diff","subscriptionId":"sub_2","topic":"b"}]"#;
    let third = r#"["subscribe",{"subscriptionId":"sub_3","topic":"c"}]"#;
    let expected = [
        format!("420{first}"),
        format!("421{second}"),
        format!("422{third}"),
        r#"42["unsubscribe",{"subscriptionId":"sub_3"}]"#.to_owned(),
    ];
    assert_eq!(world.take_frames().get(1..), Some(&expected[..]));
    world.lose();
    world.pass(seconds(1));
    world.establish();
    assert_eq!(world.take_frames().get(1..), Some(&[format!("423{first}"), format!("424{second}")][..]));
    assert!(world.event("1", "a", "{}").is_some());
}

#[test]
fn uses_the_servers_own_subscription_id() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.take_frames();
    world.receive(r#"430[{"subscriptionId":77,"topic":"t"}]"#);
    assert!(world.session.unsubscribe("sub_1"));
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":77}]"#]);
    world.session.subscribe(world.now, "t", None, None);
    world.receive(r#"42["subscribed",{"subscriptionId":"x9","topic":"t"}]"#);
    world.take_frames();
    world.session.unsubscribe("sub_2");
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"x9"}]"#]);
}

#[test]
fn tells_on_each_connection_which_subscriptions_are_confirmed() {
    let mut world = World::connected();
    for topic in ["a", "b", "c"] {
        world.session.subscribe(world.now, topic, None, None);
    }
    world.take_frames();
    world.receive(r#"432[{"error":"ForbiddenError","message":"not yours"}]"#);
    world.receive(r#"431[{"subscriptionId":"theirs","topic":"b"}]"#);
    world.receive(r#"42["subscribed",{"subscriptionId":"x","topic":"a"}]"#);
    world.receive(r#"430[{"subscriptionId":"x","topic":"a"}]"#);
    assert_eq!(world.confirmed, ["sub_2", "sub_1"]);
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.receive(r#"433[{"subscriptionId":"y","topic":"a"}]"#);
    assert_eq!(world.confirmed, ["sub_2", "sub_1", "sub_1"]);
}

#[test]
fn ends_a_subscription_that_is_confirmed_too_late() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.session.unsubscribe("sub_1");
    world.take_frames();
    world.receive(r#"430[{"subscriptionId":"late","topic":"t"}]"#);
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"late"}]"#]);
}

#[test]
fn reports_a_refused_subscription_and_no_missing_answer() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.receive(r#"430[{"error":"ForbiddenError","message":"not yours"}]"#);
    assert_eq!(world.error_kinds(), [ErrorKind::SubscribeDenied]);
    assert_eq!(world.errors[0].subscription_id.as_deref(), Some("sub_1"));
    world.session.subscribe(world.now, "t", None, None);
    world.receive("2");
    world.pass(seconds(31));
    assert_eq!((world.errors.len(), world.session.pending_acks()), (1, 0));
}

#[test]
fn destroying_forgets_the_subscriptions() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.session.destroy();
    world.settle();
    assert_eq!(world.session.subscription_count(), 0);
    assert!(world.session.is_idle());
}
