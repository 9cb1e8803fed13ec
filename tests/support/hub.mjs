// A hub to test against: a database, a partnership with an agency and staff, a key for each role, and a daemon. Its sweep, and what
// comes with that, goes by the real clock and would get between the steps of a test that sets its own: it ran once before the daemon
// was ready, on an empty database, and does not come again. A test of it asks for that, or calls sweep().
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.mjs';
import { mashctl, startDaemon } from './daemon.mjs';
import { createDatabase } from './database.mjs';
import { runStatement, sweepBatch } from './statements.mjs';

// A Monday, in winter time, without a bank holiday near.
export const DAY = '2027-03-01';

class Hub {
	async start(label, env = {}) {
		this.db = await createDatabase(label);
		const ctl = async (...args) => (await mashctl(this.db, ...args)).stdout.trim();
		this.partnership = await ctl('partnership', 'add', '--name', label);
		this.agencyId = await ctl('agency', 'add', '--name', 'Oak School', '--kind', 'school', '--source', '2A');
		this.otherAgencyId = await ctl('agency', 'add', '--name', 'Elm School', '--kind', 'school', '--source', '2A');
		this.staffId = await ctl('staff', 'add', '--name', 'P. Practitioner', '--role', 'practitioner');
		this.managerId = await ctl('staff', 'add', '--name', 'M. Manager', '--role', 'manager');
		this.daemon = await startDaemon(this.db, { env: { MASHD_SWEEP_INTERVAL_MS: '3600000', MASHD_COMPARE_INTERVAL_MS: '3600000', ...env } });
		const client = async (...of) => new Client(this.daemon.url, { key: await ctl('key', 'issue', ...of) });
		this.agency = await client('--agency', this.agencyId, '--role', 'agency');
		this.otherAgency = await client('--agency', this.otherAgencyId, '--role', 'agency');
		this.practitioner = await client('--staff', this.staffId, '--role', 'practitioner');
		this.manager = await client('--staff', this.managerId, '--role', 'manager');
		this.system = await client('--system', 'Phone system', '--role', 'practitioner', '--role', 'manager');
		return this;
	}

	async stop() {
		await this.daemon?.stop();
		await this.db?.drop();
	}

	// Sweeps as the daemon would at that moment; how many flags it raised.
	async sweep(now) {
		const { raised } = await this.db.session((client) => sweepBatch(client, this.partnership), { as: 'app', partnership: this.partnership, now });
		return raised;
	}

	// Compares the people of all referrals that wait for it, as the daemon's job does; what that has in its hands is waited for.
	async compare() {
		const as = { as: 'app', partnership: this.partnership };
		for (;;) {
			const taken = await this.db.session(async (client) => {
				await runStatement(client, 'person/lock_matches', [this.partnership]);
				return runStatement(client, 'person/index', [this.partnership, 1000]);
			}, as);
			if (taken.length > 0) {
				const ids = [...new Set(taken.map((row) => row.referral_id))];
				await this.db.session(async (client) => {
					await runStatement(client, 'person/lock_matches', [this.partnership]);
					await runStatement(client, 'person/forget_matches', [this.partnership, ids]);
					await runStatement(client, 'person/compare', [this.partnership, ids]);
					await runStatement(client, 'person/compared', [this.partnership, taken.map((row) => row.referral_id), taken.map((row) => row.version)]);
				}, as);
			}
			const [{ n }] = await this.db.query('SELECT count(*)::integer AS n FROM uncompared_referral WHERE partnership_id = $1', [this.partnership]);
			if (n === 0) return;
			await sleep(10);
		}
	}

	// A new referral's receipt.
	async refer(now, members = {}, by = this.agency) {
		return by.at(now).ok('POST', '/v1/referrals', { body: {
			children: [{ first_name: 'A.', family_name: 'Example' }], concerns: [{ description: 'Often hungry.' }], ...members,
		} });
	}

	// "Not needed" names the manager, who agrees at once: then what came of both is answered.
	async screen(now, referral, rating, needed = true) {
		const said = await this.practitioner.at(now).ok('POST', `/v1/referrals/${referral}/screenings`, { body: needed
			? { rating, reason: 'Read twice.', clarification_needed: true, topics: ['significant_harm'] }
			: { rating, reason: 'Read twice.', clarification_needed: false, not_needed_reason: 'complete_and_consistent', agreed_by: this.managerId } });
		return needed ? said : this.agree(now, said, this.manager);
	}

	// Whoever a screening or decision has named says so, all of them with this key; the record as it is then.
	async agree(now, said, who) {
		const { items } = await who.at(now).ok('GET', `/v1/sign-offs?state=open&mine=true&referral_id=${said.referral_id}`);
		let result = said;
		for (const { id, subject_id: subject } of items) {
			if (subject !== said.id) continue;
			const answer = await who.at(now).ok('POST', `/v1/sign-offs/${id}/answer`, { body: { answer: 'agreed' } });
			result = { ...said, standing: 'in_effect', follow_ups: answer.follow_ups, referral: answer.referral };
		}
		return result;
	}

	async followUp(now, referral, kind) {
		const { items } = await this.practitioner.at(now).ok('GET', `/v1/referrals/${referral}/follow-ups`);
		return items.findLast((f) => f.kind === kind);
	}

	async flags(now, query) {
		const { items } = await this.practitioner.at(now).ok('GET', `/v1/flags?${query}`);
		return items;
	}
}

// `env`: settings of its daemon.
export const startHub = (label, env) => new Hub().start(label, env);
