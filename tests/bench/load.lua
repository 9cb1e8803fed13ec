-- wrk's side: what is asked. BENCH_KIND is post, get, list or mix; BENCH_TAG makes the keys of this run differ from all
-- others'; BENCH_DATA names the file with keys, body and ids. Prints one line of JSON at the end.
local data = dofile(os.getenv("BENCH_DATA"))
local kind, tag = os.getenv("BENCH_KIND"), os.getenv("BENCH_TAG")
local count = 0
local reading = " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nAuthorization: Bearer " .. data.practitioner .. "\r\n\r\n"
local list = "GET /v1/referrals?limit=50" .. reading

-- The reference, which the family name has too, and the key have a fixed length, so everything around them is made once.
local mark = 20
local head = "POST /v1/referrals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " .. data.agency ..
	"\r\nContent-Length: " .. (data.size + mark * (#data.pieces - 1)) .. "\r\nIdempotency-Key: "

local function post()
	local name = string.format("%s%0" .. (mark - #tag) .. "d", tag, count)
	return head .. name .. "\r\n\r\n" .. table.concat(data.pieces, name)
end

local function get()
	return "GET /v1/referrals/" .. data.ids[math.random(#data.ids)] .. reading
end

local kinds = { post = post, get = get, list = function() return list end }

-- 70 % GET, 20 % worklist, 10 % POST
function kinds.mix()
	local turn = count % 10
	if turn == 0 then return post() end
	if turn == 3 or turn == 7 then return list end
	return get()
end

local make = kinds[kind]
function request()
	count = count + 1
	return make()
end

function init()
	math.randomseed(tonumber(os.getenv("BENCH_SEED")))
end

function done(summary, latency)
	local errors = summary.errors
	print(string.format('RESULT {"requests":%d,"us":%d,"p50":%d,"p99":%d,"status":%d,"socket":%d}', summary.requests, summary.duration,
		latency:percentile(50), latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
