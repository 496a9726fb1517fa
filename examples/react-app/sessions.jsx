import { useConnection, useEvents } from '@smarterservices/realtime/react';
import { useState } from 'react';

/** The sessions of one campus, each with its latest status. */
export function Sessions() {
  const [campusId, setCampusId] = useState(12);
  const [sessions, setSessions] = useState({});
  const { state } = useConnection();
  useEvents('session.status', ({ payload }) => setSessions((before) => ({ ...before, [payload.id]: payload })), {
    filter: { campusId },
  });

  return (
    <main>
      <h1>Campus {campusId}</h1>
      <p>{state}</p>
      <button type="button" onClick={() => setCampusId(campusId === 12 ? 7 : 12)}>
        Other campus
      </button>
      <ul>
        {Object.values(sessions)
          .filter((session) => session.campusId === campusId)
          .map(({ id, status }) => (
            <li key={id}>
              {id}: {status}
            </li>
          ))}
      </ul>
    </main>
  );
}
