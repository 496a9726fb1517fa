realtime.destroy();
