# Makes openapi.yaml what is served: OpenAPI has no parameter that holds a slash or may be absent,
# so that an address with a repository becomes one for each number of segments.
# -v version=VERSION is the program's.

/^  version: VERSION$/ { sub(/VERSION/, version) }
/^ *#/ { next }

# An address and what is said about it.
/^  \// { flush(); address = substr($1, 1, length($1) - 1); next }
/^[a-z]/ { flush() }
address != "" { lines[++count] = $0; next }
{ print }
END { flush() }

function flush()
{
	if (address == "")
		return
	if (index(address, "/{repo?}")) {
		put(with("/{repo?}", ""), "")
		put(with("/{repo?}", "/{repo}"), "InRepo")
		put(with("/{repo?}", "/{team}/{repo}"), "InTeamRepo")
	} else if (index(address, "/{repo~}")) {
		put(with("/{repo~}", "/{repo}"), "")
	} else {
		put(address, "")
		if (index(address, "/{repo}"))
			put(with("/{repo}", "/{team}/{repo}"), "InTeam")
	}
	address = ""
	count = 0
}

function with(part, other,    at)
{
	at = index(address, part)
	return substr(address, 1, at - 1) other substr(address, at + length(part))
}

function put(path, ending,    i)
{
	if (path == "")
		path = "/"
	print "  " path ":"
	declare(path)
	for (i = 1; i <= count; i++) {
		print lines[i] (lines[i] ~ /^      operationId: / ? ending : "")
		if (lines[i] == "      responses:" && index(path, "/{repo}"))
			print "        \"308\": { $ref: \"#/components/responses/Renamed\" }"
	}
}

# The parameters of the address, by their names.
function declare(path,    part, n, i, name, head)
{
	n = split(path, part, "{")
	head = "    parameters:\n"
	for (i = 2; i <= n; i++) {
		name = substr(part[i], 1, index(part[i], "}") - 1)
		printf "%s      - { $ref: \"#/components/parameters/%s\" }\n", head, name
		head = ""
	}
}
