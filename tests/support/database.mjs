// Databases for tests: each test file gets its own copy of the migrated one. The server is started by scripts/test-all.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

// Values as PostgreSQL writes them, so that no time zone or rounding of JavaScript comes between.
const asText = { getTypeParser: (oid) => (oid === 16 ? (v) => v === 't' : oid === 23 || oid === 20 ? Number : oid === 114 || oid === 3802 ? JSON.parse : (v) => v) };

function adminUrl() {
	const url = process.env.TEST_ADMIN_URL;
	if (!url) throw new Error('no database: run this through `make test ONLY=…`');
	return url;
}

// The address of database `name` for a role: `mashd_owner`, `mashd_app`, `postgres`.
export function databaseUrl(role, name) {
	return adminUrl().replace(/^postgres:\/\/[^@]*@\/[^?]*/, `postgres://${role}@/${name}`);
}

async function once(url, text, values) {
	const client = new pg.Client({ connectionString: url, types: asText });
	await client.connect();
	try {
		return await client.query(text, values);
	} finally {
		await client.end();
	}
}

class Database {
	constructor(name) {
		this.name = name;
		this.ownerUrl = databaseUrl('mashd_owner', name);
		this.appUrl = databaseUrl('mashd_app', name);
		this.adminUrl = databaseUrl('postgres', name);
	}

	// Rows of one statement. As the superuser by default: tests look past row-level security unless they test it.
	// `as`: 'admin', 'owner' or 'app'; `partnership`: the tenant to set for the statement; `now`: the clock to set.
	async query(text, values = [], { as = 'admin', partnership, now } = {}) {
		return this.session((client) => client.query(text, values).then((result) => result.rows), { as, partnership, now });
	}

	// Several statements on one connection, in one transaction that commits.
	async session(work, { as = 'admin', partnership, now } = {}) {
		const client = new pg.Client({ connectionString: this[`${as}Url`], types: asText });
		await client.connect();
		try {
			await client.query('BEGIN');
			await client.query(`SELECT set_config('mashd.partnership', $1, true), set_config('mashd.now', $2, true)`, [partnership ?? '', now ?? '']);
			const result = await work(client);
			await client.query('COMMIT');
			return result;
		} finally {
			await client.end();
		}
	}

	async drop() {
		await once(adminUrl(), `DROP DATABASE IF EXISTS "${this.name}" WITH (FORCE)`);
	}

	// A copy of this one as it is now; nobody may be connected to it.
	copy(label) {
		return createDatabase(label, this.name);
	}
}

// A fresh, migrated, empty database. Drop it in `after`.
export async function createDatabase(label = 'test', template = 'mashd') {
	const name = `${label.replace(/[^a-z0-9]+/gi, '_').toLowerCase().slice(0, 40)}_${randomBytes(4).toString('hex')}`;
	await once(adminUrl(), `CREATE DATABASE "${name}" TEMPLATE "${template}" OWNER mashd_owner`);
	return new Database(name);
}
