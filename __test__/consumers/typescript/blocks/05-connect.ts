realtime.connect();
