// A hub with people on referrals, another one beside it, and the steps that the tests of people share.
import assert from 'node:assert/strict';
import { mashctl } from './daemon.mjs';
import { DAY, startHub } from './hub.mjs';

export const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
export const NOW = at('12:00');
export const NOBODY = '01900000-0000-7000-8000-000000000000';

let families = 0;
// A family name that no other test of the file has, nor one that sounds like it.
export const familyName = () => {
	const n = families++;
	return `Fa${[81, 9, 1].map((unit) => 'bdfklmnrs'[Math.floor(n / unit) % 9]).join('o')}a`;
};
let numbers = 0;
// Valid NHS numbers from the range that is kept for testing.
export function nhsNumber() {
	for (;;) {
		const digits = `999${String(++numbers).padStart(6, '0')}`;
		const check = 11 - ([...digits].reduce((sum, digit, i) => sum + digit * (10 - i), 0) % 11);
		if (check !== 10) return digits + (check % 11);
	}
}
export const child = (family_name, more = {}) => ({ first_name: 'Ada', family_name, date_of_birth: '2019-05-04', ...more });
export const refused = (answer, status, type, pointer) => assert.deepEqual([answer.status, answer.json.type, answer.json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], answer.text);

// The hub, `stranger` (a manager of another partnership), and what staff do.
export async function startPeople(name) {
	const hub = await startHub(name, { MASHD_COMPARE_INTERVAL_MS: '1000' }); // its job is tested, too
	const other = (await mashctl(hub.db, 'partnership', 'add', '--name', 'Other hub')).stdout.trim();
	const foreigner = (await mashctl(hub.db, 'staff', 'add', '--partnership', other, '--name', 'F. Foreign', '--role', 'manager')).stdout.trim();
	const stranger = hub.manager.as((await mashctl(hub.db, 'key', 'issue', '--partnership', other, '--staff', foreigner, '--role', 'manager')).stdout.trim());
	const refer = (children, more = {}, now = at('10:00')) => hub.refer(now, { children, ...more }).then((receipt) => receipt.id);
	const whole = (id, who = hub.manager) => who.at(NOW).ok('GET', `/v1/referrals/${id}`);
	const matches = async (id) => (await hub.practitioner.at(NOW).ok('GET', `/v1/referrals/${id}/matches`));
	const link = (id, body, who = hub.practitioner) => who.at(NOW).post(`/v1/referrals/${id}/person-links`, body);
	const undo = (id, linkId, body = { reason: 'Another one.' }) => hub.practitioner.at(NOW).post(`/v1/referrals/${id}/person-links/${linkId}/undo`, body);
	async function linked(id, body) {
		const answer = await link(id, body);
		assert.equal(answer.status, 201, answer.text);
		return answer.json;
	}
	async function subjects(id) {
		const { children, household } = await whole(id);
		return { child: children[0].id, children: children.map((c) => c.id), household: household.map((h) => h.id) };
	}
	const person = (id, who = hub.manager) => who.at(NOW).ok('GET', `/v1/persons/${id}`);
	return { hub, stranger, refer, whole, matches, link, undo, linked, subjects, person };
}
