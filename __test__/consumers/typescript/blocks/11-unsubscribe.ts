realtime.unsubscribe('sub_1');
