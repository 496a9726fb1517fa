realtime.disconnect();
