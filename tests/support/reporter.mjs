// A reporter for node:test: one line a file, failures in full, and the counts for scripts/test-all in $TEST_COUNTS.
import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { inspect } from 'node:util';

function explain(error) {
	const cause = error?.cause ?? error;
	return typeof cause === 'string' ? cause : inspect(cause, { depth: 6, breakLength: 110 });
}

const indent = (text) => text.split('\n').map((line) => `          ${line}`).join('\n');

export default async function* reporter(source) {
	const files = new Map();
	const output = new Map();
	const total = { passed: 0, failed: 0, skipped: 0 };
	const of = (file) => {
		if (!files.has(file)) files.set(file, { passed: 0, failed: 0, skipped: 0, ms: 0 });
		return files.get(file);
	};
	let path = [];
	let current;
	const summary = (file) => {
		const { passed, failed, skipped, ms } = of(file);
		const more = (failed ? `, ${failed} failed` : '') + (skipped ? `, ${skipped} skipped` : '');
		const said = (failed || process.env.SAY) && output.get(file) ? `        --- what it printed:\n${indent(output.get(file))}\n` : '';
		return `${said}${failed ? 'FAILED' : 'ok    '}  ${relative('tests', file)} (${passed} passed${more}, ${(ms / 1000).toFixed(1)} s)\n`;
	};
	for await (const { type, data } of source) {
		const file = data?.file === undefined ? current : resolve(data.file);
		if (type === 'test:start') path[data.nesting] = data.name;
		if (type === 'test:stdout' || type === 'test:stderr') output.set(file, ((output.get(file) ?? '') + data.message).slice(-8000));
		if (type !== 'test:pass' && type !== 'test:fail') continue;
		if (current !== undefined && file !== current) yield summary(current);
		current = file;
		const counts = of(file);
		if (data.nesting === 0) counts.ms += data.details?.duration_ms ?? 0;
		// A group fails with its members: only the members count, and a group that fails by itself (in a hook).
		const inMembers = data.details?.error?.failureType === 'subtestsFailed';
		if (type === 'test:fail' && !inMembers) {
			counts.failed++;
			total.failed++;
			const name = [...path.slice(0, data.nesting), data.name].join(' › ');
			yield `        ✗ ${name}\n${indent(explain(data.details?.error))}\n`;
		} else if (type === 'test:pass' && data.details?.type !== 'suite' && resolve(data.name) !== resolve(file)) {
			const kind = data.skip !== undefined || data.todo !== undefined ? 'skipped' : 'passed';
			counts[kind]++;
			total[kind]++;
		}
		path = path.slice(0, data.nesting + 1);
	}
	if (current !== undefined) yield summary(current);
	if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, `${total.passed} ${total.failed} ${total.skipped}\n`);
}
