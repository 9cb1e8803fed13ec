// Runs a file of pgTAP checks (plain SQL that psql can run, with plan() and finish()) and gives each check as
// { ok, description, diagnostics }.
import { readFileSync } from 'node:fs';
import { run } from './daemon.mjs';

export async function runPgtap(database, file) {
	const script = `SET client_min_messages = warning;\nCREATE EXTENSION IF NOT EXISTS pgtap;\n${readFileSync(file, 'utf8')}`;
	const result = await run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', database.adminUrl], { input: script });
	if (result.code !== 0) throw new Error(`${file}: ${result.stderr}\n${result.stdout}`);
	const checks = [];
	let planned;
	for (const line of result.stdout.split('\n')) {
		const check = /^(not )?ok \d+(?: - (.*))?$/.exec(line);
		const plan = /^1\.\.(\d+)$/.exec(line);
		if (plan) planned = Number(plan[1]);
		if (check) checks.push({ ok: !check[1], description: check[2] ?? '', diagnostics: [] });
		else if (line.startsWith('#')) checks.at(-1)?.diagnostics.push(line);
	}
	if (planned === undefined || planned !== checks.length) throw new Error(`${file}: planned ${planned}, ran ${checks.length}`);
	return checks;
}
