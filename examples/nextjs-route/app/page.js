'use client';

import { useEffect, useState } from 'react';

export default function Page() {
  const [events, setEvents] = useState([]);
  useEffect(() => {
    const source = new EventSource('/events');
    source.onmessage = ({ data }) => setEvents((before) => [...before, data]);
    return () => source.close();
  }, []);
  return (
    <ul>
      {events.map((event) => (
        <li key={event}>{event}</li>
      ))}
    </ul>
  );
}
