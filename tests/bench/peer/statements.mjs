// The product's own statements, read from lib/: the peer runs exactly what the daemon runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..', '..');

// { name, text }: a named statement is prepared once per connection.
export function statement(feature, name) {
	const text = readFileSync(join(root, 'lib', feature, 'sql', `${name}.sql`), 'utf8').replace(/^--.*\n/gm, '').trim();
	return { name: `${feature}_${name}`, text };
}
