'use client';

import { Connection } from '../../connection.jsx';
import { Providers } from '../providers.jsx';

export default function Page() {
  return (
    <Providers>
      <Connection />
    </Providers>
  );
}
