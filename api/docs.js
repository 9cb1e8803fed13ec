// Shows the contract that the daemon serves at /openapi.json. Nothing is fetched from elsewhere; example bodies come
// from /docs/<name>.json when somebody opens them. The makers of elements stand in docs-text.js.
'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
let contract;

// ---- references and types

function follow(value) {
	while (value?.$ref)
		value = value.$ref
			.slice(2)
			.split('/')
			.reduce((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], contract);
	return value;
}

const schemaName = (schema) => schema?.$ref?.match(/^#\/components\/schemas\/(\w+)$/)?.[1];
const schemaLink = (name) => link(`#schema-${name}`, name);
const join = (parts, word) => parts.flatMap((part, i) => (i ? [word, ...part] : part));

// What a value is, in a line of words and links.
function typeOf(schema) {
	const name = schemaName(schema);
	if (name) return [schemaLink(name)];
	const choice = schema.oneOf ?? schema.anyOf;
	if (choice && !schema.properties) return join(choice.map(typeOf), ' or ');
	if (schema.allOf && !schema.properties) return join(schema.allOf.map(typeOf), ' and ');
	if (schema.type === 'array') return ['list of ', ...typeOf(schema.items)];
	if (schema.enum)
		return [
			'one of ',
			...join(
				schema.enum.map((value) => [code(String(value))]),
				', ',
			),
		];
	if (schema.const !== undefined) return ['always ', code(String(schema.const))];
	return [[schema.type ?? 'anything'].flat().join(' or ') + (schema.format ? ` (${schema.format})` : '')];
}

function limits(schema) {
	const target = follow(schema);
	const rows = [
		['minLength', 'at least %s characters'],
		['maxLength', 'at most %s characters'],
		['minItems', 'at least %s'],
		['maxItems', 'at most %s'],
		['minimum', 'from %s'],
		['maximum', 'up to %s'],
	];
	const words = rows
		.map(([keyword, text]) => [
			keyword,
			target[keyword] === 1 && keyword === 'minLength' ? 'not empty' : text,
		])
		.filter(
			([keyword]) =>
				target[keyword] !== undefined && !(keyword === 'minimum' && target[keyword] === 0),
		)
		.map(([keyword, text]) => text.replace('%s', target[keyword].toLocaleString('en-GB')));
	if (schema.default !== undefined) words.push(`${JSON.stringify(schema.default)} where absent`);
	return words.length ? make('p', { class: 'soft' }, words.join(', ')) : undefined;
}

// Codes that are stored but reported when they are not among these (x-quality).
function expected(schema) {
	const names = (schema['x-quality'] ?? []).map((row) => schemaName(row.schema)).filter(Boolean);
	return names.length
		? make(
				'p',
				{},
				'Expected: ',
				...join(
					names.map((name) => [schemaLink(name)]),
					', ',
				),
			)
		: undefined;
}

function table(caption, heads, rows) {
	return make(
		'div',
		{ class: 'scroll', role: 'group', 'aria-label': caption, tabindex: '0' },
		make(
			'table',
			{},
			make('caption', {}, caption),
			make(
				'thead',
				{},
				make(
					'tr',
					{},
					heads.map((head) => make('th', { scope: 'col' }, head)),
				),
			),
			make('tbody', {}, rows),
		),
	);
}

function row(name, required, schema, description) {
	return make(
		'tr',
		{},
		make('th', { scope: 'row' }, name),
		make('td', {}, required ? 'always' : 'optional'),
		make('td', {}, typeOf(schema)),
		make('td', {}, markdown(description), expected(schema), limits(schema)),
	);
}

function members(schema, name) {
	const parts = [];
	const bases = (schema.allOf ?? []).filter(schemaName);
	if (bases.length)
		parts.push(
			make(
				'p',
				{},
				'The members of ',
				...join(bases.map(typeOf), ' and '),
				schema.properties ? ', and:' : '.',
			),
		);
	const shown = Object.entries(schema.properties ?? {}).filter(([, sub]) => sub !== false);
	if (shown.length)
		parts.push(
			table(
				`Members of ${name}`,
				['Member', 'Needed', 'Type', 'Meaning'],
				shown.map(([member, sub]) =>
					row(
						member,
						schema.required?.includes(member),
						sub,
						sub.description ?? follow(sub).description,
					),
				),
			),
		);
	if (!parts.length && schema.type !== 'object') parts.push(make('p', {}, typeOf(schema)));
	return parts;
}

// ---- one operation

function exampleOf(name, example) {
	const details = make('details', {}, make('summary', {}, `Example body: ${example.summary ?? name}`));
	details.addEventListener(
		'toggle',
		async () => {
			const reply = await fetch(example.externalValue);
			const text = reply.ok
				? JSON.stringify(await reply.json(), null, 2)
				: 'The example cannot be read at the moment.';
			details.append(make('pre', { tabindex: '0' }, code(text)));
		},
		{ once: true },
	);
	return details;
}

function curl(operation) {
	const lines = [`curl -X ${operation.method.toUpperCase()} '${location.origin}${operation.path}'`];
	if (operation.method === 'get') lines[0] = lines[0].replace('-X GET ', '');
	if (operation['x-permission'] !== 'none') lines.push('-H "Authorization: Bearer $MASHD_KEY"');
	if (operation.method === 'post') lines.push('-H "Idempotency-Key: $(uuidgen)"');
	if (operation.method === 'patch') lines.push('-H \'If-Match: "1"\'');
	if (operation.requestBody)
		lines.push("-H 'Content-Type: application/json'", `--data @${operation.operationId}.json`);
	return make(
		'details',
		{},
		make('summary', {}, 'With curl'),
		make('pre', { tabindex: '0' }, code(lines.join(' \\\n  '))),
	);
}

function requestBody(operation) {
	if (!operation.requestBody) return [];
	const [type, media] = Object.entries(follow(operation.requestBody).content)[0];
	return [
		make('h4', {}, 'Body'),
		make('p', {}, ...typeOf(media.schema), ' as ', code(type)),
		...members(follow(media.schema), schemaName(media.schema) ?? 'the body'),
		...Object.entries(media.examples ?? {}).map(([name, example]) => exampleOf(name, example)),
	];
}

function response(status, value) {
	const reply = follow(value);
	const content = Object.entries(reply.content ?? {}).map(([type, media]) => {
		const kinds = media.schema?.properties?.type?.enum;
		if (kinds)
			return make(
				'p',
				{},
				code(type),
				': ',
				...join(
					kinds.map((kind) => [link(kind, kind.replace('/problems/', ''))]),
					', ',
				),
			);
		return make('p', {}, code(type), ': ', ...(media.schema ? typeOf(media.schema) : []));
	});
	const headers = Object.entries(reply.headers ?? {}).map(([name, header]) =>
		make('p', {}, 'Header ', code(name), ': ', ...inline(follow(header).description ?? '')),
	);
	return make(
		'details',
		{},
		make('summary', {}, make('strong', {}, status), ' ', ...inline(reply.description)),
		content,
		headers,
	);
}

function showOperation(operation) {
	const rows = operation.parameters.map((p) => row(p.name, p.required, p.schema, `${p.description} (${p.in})`));
	const permission = operation['x-permission'];
	return make(
		'section',
		{ id: operation.operationId, 'aria-labelledby': `${operation.operationId}-title` },
		make('h3', { id: `${operation.operationId}-title`, tabindex: '-1' }, operation.summary),
		make(
			'p',
			{ class: 'route' },
			make('strong', {}, operation.method.toUpperCase()),
			make('span', {}, operation.path),
		),
		markdown(operation.description),
		make(
			'p',
			{ class: 'soft' },
			code(operation.operationId),
			permission === 'none' ? ', needs no key' : ', permission ',
			permission === 'none' ? '' : code(permission),
		),
		rows.length
			? [
					make('h4', {}, 'Parameters'),
					table(
						`Parameters of ${operation.operationId}`,
						['Name', 'Needed', 'Type', 'Meaning'],
						rows,
					),
				]
			: [],
		requestBody(operation),
		make('h4', {}, 'Replies'),
		Object.entries(operation.responses).map(([status, value]) => response(status, value)),
		curl(operation),
	);
}

function showSchema([name, schema]) {
	return make(
		'section',
		{ id: `schema-${name}`, 'aria-labelledby': `schema-${name}-title` },
		make('h3', { id: `schema-${name}-title`, tabindex: '-1' }, name),
		markdown(schema.description),
		members(schema, name),
	);
}

// ---- the page

function operationsOf(tag) {
	return Object.entries(contract.paths).flatMap(([path, item]) =>
		METHODS.filter((method) => item[method]?.tags?.includes(tag)).map((method) => ({
			...item[method],
			method,
			path,
			parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(follow),
		})),
	);
}

function contents(groups) {
	return groups.map(({ title, entries }) =>
		make(
			'div',
			{ class: 'group' },
			make('h2', {}, title),
			make(
				'ul',
				{},
				entries.map(({ id, text, words }) =>
					make(
						'li',
						{ 'data-words': `${text} ${words}`.toLowerCase() },
						link(`#${id}`, text),
					),
				),
			),
		),
	);
}

function filter(words) {
	const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
	let found = 0;
	for (const group of document.querySelectorAll('nav .group')) {
		let here = 0;
		for (const item of group.querySelectorAll('li')) {
			item.hidden = !wanted.every((word) => item.dataset.words.includes(word));
			here += item.hidden ? 0 : 1;
		}
		group.hidden = here === 0;
		found += here;
	}
	document.getElementById('found').textContent = wanted.length ? `${found} found` : '';
}

// The target of the address did not exist when the browser looked for it.
function goToTarget() {
	const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
	target?.scrollIntoView();
	target?.querySelector('h3')?.focus({ preventScroll: true });
}

function show() {
	const { info, tags } = contract;
	const schemas = Object.entries(contract.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
	const groups = tags
		.map((tag) => ({ ...tag, operations: operationsOf(tag.name) }))
		.filter((tag) => tag.operations.length);
	document.getElementById('contents').append(
		...contents([
			...groups.map((tag) => ({
				title: tag.name,
				entries: tag.operations.map((o) => ({
					id: o.operationId,
					text: o.summary,
					words: `${o.operationId} ${o.method} ${o.path}`,
				})),
			})),
			{
				title: 'Schemas',
				entries: schemas.map(([name]) => ({ id: `schema-${name}`, text: name, words: '' })),
			},
		]),
	);
	document.getElementById('content').replaceChildren(
		make('h1', {}, info.title),
		make(
			'p',
			{ class: 'soft' },
			`Version ${info.version}. `,
			link('/openapi.json', 'The contract itself'),
			', ',
			link('/problems', 'all problems'),
			'.',
		),
		...markdown(info.description, 2),
		...groups.flatMap((tag) => [
			make('h2', {}, tag.name),
			...markdown(tag.description),
			...tag.operations.map(showOperation),
		]),
		make('h2', {}, 'Schemas'),
		...schemas.map(showSchema),
	);
	document.getElementById('filter').addEventListener('input', (event) => filter(event.target.value));
	if (location.hash) goToTarget();
}

async function start() {
	try {
		const reply = await fetch('/openapi.json');
		if (!reply.ok) throw new Error(`status ${reply.status}`);
		contract = await reply.json();
		show();
	} catch (error) {
		const state =
			document.getElementById('state') ??
			document.getElementById('content').appendChild(make('p', { id: 'state' }));
		state.setAttribute('role', 'alert');
		state.textContent = `The contract cannot be shown (${error.message}). Reload the page to try again.`;
	}
}

start();
