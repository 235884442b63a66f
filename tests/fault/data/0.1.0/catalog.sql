PRAGMA application_id = 1130908779;
PRAGMA user_version = 7;
BEGIN TRANSACTION;
CREATE TABLE account (
	id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,  -- never used twice: the log names it
	name       TEXT NOT NULL UNIQUE,
	password   TEXT NOT NULL,               -- scrypt$15$8$3$salt$hash; '': cannot sign in by password
	roles      TEXT NOT NULL,
	disabled   INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
	declared   INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1)),   -- by the settings file
	created_ns INTEGER NOT NULL
) STRICT;
INSERT INTO "account" VALUES(1,'root','scrypt$15$8$3$DndT8yVoQj3tHcb2yiTvtA==$BBwAtHDvPqXe2WfzJilpTSlIEFbeLfSkaDoRyXtFiRo=','admin:*',0,0,1795357905533874967);
INSERT INTO "account" VALUES(2,'alice','scrypt$15$8$3$QhDpUk7x7O4JonJEQpVUig==$k9996Uc8dGreLOYHxLxz9GqjCDN1PBoD1PaVlktUKp0=','pull:team-a/stable',0,0,1795357906988882156);
CREATE TABLE alias (
	name    TEXT NOT NULL PRIMARY KEY,
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
	id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	at_ns   INTEGER NOT NULL,
	actor   TEXT NOT NULL,                  -- as in event
	name    TEXT NOT NULL,                  -- of the account or token, as it was then
	remote  TEXT NOT NULL,                  -- the client's address
	request TEXT NOT NULL,                  -- X-Request-Id
	action  TEXT NOT NULL,                  -- 'publish', 'delete', 'user.add', 'sign-in', …
	object  TEXT NOT NULL,                  -- 'stable/redis-1.0.0.tgz', 'user alice', …
	verdict TEXT NOT NULL,                  -- 'ok', or the code of the error
	event   INTEGER NOT NULL                -- of the log, 0: none
) STRICT;
INSERT INTO "audit" VALUES(1,1795357902757465136,'anonymous','','127.0.0.1','aaa19ba475857460f4eca7ce9ce5ab1d','publish','main/alpha-1.0.0.tgz','ok',2);
INSERT INTO "audit" VALUES(2,1795357902760740659,'anonymous','','127.0.0.1','fc6d55597b00987e46e3b832105a0ab5','provenance','main/alpha-1.0.0.tgz','ok',3);
INSERT INTO "audit" VALUES(3,1795357902765535353,'anonymous','','127.0.0.1','f9bfbe5729011aac8429a4f88f164a16','publish','main/alpha-1.0.1.tgz','ok',4);
INSERT INTO "audit" VALUES(4,1795357902786958172,'anonymous','','127.0.0.1','f0e527e933f3f72b88f8c985894c746d','publish','main/alpha-1.1.0.tgz','ok',5);
INSERT INTO "audit" VALUES(5,1795357902805786579,'anonymous','','127.0.0.1','191e371b2482c7edd54e92b71769e021','publish','main/alpha-2.0.0-rc.1.tgz','ok',6);
INSERT INTO "audit" VALUES(6,1795357902815051857,'anonymous','','127.0.0.1','955b2b864714bdedc9c841ed15c6e4b4','publish','main/umbrella-0.3.0.tgz','ok',7);
INSERT INTO "audit" VALUES(7,1795357902841158670,'anonymous','','127.0.0.1','10b37c40a67bd229cdf1c8203a949b13','publish','main/gone-1.0.0.tgz','ok',8);
INSERT INTO "audit" VALUES(8,1795357902852752290,'anonymous','','127.0.0.1','5fb960489f152b9ce5a922f1a0de1817','delete','main/gone-1.0.0.tgz','ok',9);
INSERT INTO "audit" VALUES(9,1795357902879345973,'admin','admin','unix','d9628cf400c1bd9f2cf7f880cd46f528','yank','main/alpha-1.0.1.tgz','ok',10);
INSERT INTO "audit" VALUES(10,1795357902883156867,'anonymous','','127.0.0.1','b8881dc92e786f0d53315af174f467aa','images','main/alpha-1.1.0.tgz','ok',11);
INSERT INTO "audit" VALUES(11,1795357902884822048,'anonymous','','127.0.0.1','5844275ed5957ea8f70c9fcd5827f8c8','repo.create','far','ok',12);
INSERT INTO "audit" VALUES(12,1795357902897824249,'anonymous','','127.0.0.1','0f9b7d022e8ad425cf416144736445f8','upstream.refresh','/api/v1/upstreams/far/refresh','ok',0);
INSERT INTO "audit" VALUES(13,1795357902949822295,'admin','admin','unix','d4d7d744e04a0d9d8b2a8cd666693872','repo.create','all','ok',15);
INSERT INTO "audit" VALUES(14,1795357902974130247,'admin','admin','unix','f41f6fff0ed0aac4979af1499b418c3b','repo.create','prod','ok',16);
INSERT INTO "audit" VALUES(15,1795357902992610483,'admin','admin','unix','6d47f7fcde0d94a18b92f331ddfdf5cf','promote','prod/alpha-1.0.0.tgz','ok',17);
INSERT INTO "audit" VALUES(16,1795357903015942083,'admin','admin','unix','44809e3959f0254398873f054fbe01fb','repo.create','team-a/stable','ok',18);
INSERT INTO "audit" VALUES(17,1795357903056494199,'admin','admin','unix','7bc7f0e993d5d3cd39aa22c40b94cb5f','hook.add','webhook kept','ok',0);
INSERT INTO "audit" VALUES(18,1795357903738134448,'admin','admin','unix','6fa1df0a4573c675dee59fee7683af2e','bundle','carried','ok',21);
INSERT INTO "audit" VALUES(19,1795357905533899297,'admin','admin','unix','9a7d547fdedb39be7698a5359fb9ad8f','user.add','user root','ok',0);
INSERT INTO "audit" VALUES(20,1795357906988907716,'admin','admin','unix','fe4050f0556da63f7e09fd3cde640ec4','user.add','user alice','ok',0);
INSERT INTO "audit" VALUES(21,1795357907067773966,'admin','admin','unix','e0b94a283a36904ee8d72543f5950f01','token.create','token ci','ok',0);
INSERT INTO "audit" VALUES(22,1795357907105822229,'t1','ci','127.0.0.1','9869079632007ddf437479190f811c4c','publish','team-a/stable/secret-chart-1.0.0.tgz','ok',22);
CREATE TABLE delivery (
	id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	hook_id    INTEGER NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
	event      INTEGER NOT NULL,            -- seq
	state      INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),    -- waiting, delivered, dead
	attempts   INTEGER NOT NULL DEFAULT 0,
	created_ns INTEGER NOT NULL,
	next_ns    INTEGER NOT NULL,            -- waiting: not before
	until_ns   INTEGER NOT NULL,            -- waiting: given up then
	tried_ns   INTEGER NOT NULL DEFAULT 0,  -- the last try; 0: none yet
	status     INTEGER NOT NULL DEFAULT 0,  -- of its answer; 0: none came
	error      TEXT NOT NULL DEFAULT '',    -- why it failed
	answer     TEXT NOT NULL DEFAULT '',    -- the first of the answer's body
	UNIQUE (hook_id, event)
) STRICT;
CREATE TABLE event (
	seq     INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),  -- from 1, without gaps
	at_ns   INTEGER NOT NULL,
	actor   TEXT NOT NULL,                  -- opaque id of who did it; '' is the program itself
	repo    TEXT NOT NULL,                  -- repository name; '' where none is concerned
	kind    TEXT NOT NULL,                  -- 'publish', 'delete', 'repo.create', …
	chart   TEXT NOT NULL,
	version TEXT NOT NULL,
	digest  TEXT NOT NULL,                  -- of the file: 64 hexadecimal digits, or ''
	detail  TEXT NOT NULL,                  -- canonical JSON object: what the files do not say
	leaf    BLOB NOT NULL CHECK (length(leaf) = 32)  -- SHA-256 of 0x00 and the canonical event
) STRICT;
INSERT INTO "event" VALUES(1,1795357901209034195,'system','main','repo.create','','','','{}',X'4F7B4F501A43080112A5E00E09C5262300FA7556D50D5848541A13923F0C26E2');
INSERT INTO "event" VALUES(2,1795357902757400556,'anonymous','main','publish','alpha','1.0.0','5ae419cdf1ba505ae52b3fa67e24c2ba88e6ac2c81c8ce65f0eb0c8d5cf01c04','{"bytes":315,"created":"2026-11-22T14:31:42.756939806Z","file":"alpha-1.0.0.tgz"}',X'A56D74BA03D88C1A12D2F7BE8F16D108136636E1261BAC984C6A0F0482C61DB7');
INSERT INTO "event" VALUES(3,1795357902760697219,'anonymous','main','prov','alpha','1.0.0','7578011fb6afa899d4a06cb35d5e00901a24f811b2c409163c516543f4ac4e7d','{"bytes":258,"file":"alpha-1.0.0.tgz.prov"}',X'AFE1BD1D844C159BAC0BF8DFF7A7175C89E0047F9D4AFF0B023456C24338CE38');
INSERT INTO "event" VALUES(4,1795357902765485603,'anonymous','main','publish','alpha','1.0.1','cba7f12d75c460811d9993178c84b3f3aa3824938fd5c936ef257668b3f6f248','{"bytes":317,"created":"2026-11-22T14:31:42.762601571Z","file":"alpha-1.0.1.tgz"}',X'1B1803AB4AA1F43DFC571551DC35CFB0B5FA7E17F2B7D1C53C5F7B0AF4A4FD7B');
INSERT INTO "event" VALUES(5,1795357902786908792,'anonymous','main','publish','alpha','1.1.0','6fb60885a4620f6eb0ffefc560c9f2619238f62a6be58fd8c610287aeae7e5ac','{"bytes":317,"created":"2026-11-22T14:31:42.784089Z","file":"alpha-1.1.0.tgz"}',X'0B743CA124377D9F85AC97E982460E615F59AD437C985E2A26F8E829AC966D28');
INSERT INTO "event" VALUES(6,1795357902805711899,'anonymous','main','publish','alpha','2.0.0-rc.1','a6081aed89b7cf0b801f6127741e98ea0df5737cd9116397e18e3526eb0cc91e','{"bytes":322,"created":"2026-11-22T14:31:42.803519407Z","file":"alpha-2.0.0-rc.1.tgz"}',X'90D00EE77A78E58AB8FE6211699E7934FB37311D8CF8E1FB846D6B049F983CA1');
INSERT INTO "event" VALUES(7,1795357902815001757,'anonymous','main','publish','umbrella','0.3.0','359b0d9258651c2c1f9b66708c77bc61000d30e5cee30f61bb34da2b93338877','{"bytes":345,"created":"2026-11-22T14:31:42.814718256Z","file":"umbrella-0.3.0.tgz"}',X'D95B779BB97FA3654AE54DB9475DE958D5D33DB7A79AC7FAE1B418E9C529D4DE');
INSERT INTO "event" VALUES(8,1795357902841070750,'anonymous','main','publish','gone','1.0.0','bf080ae8779555b4f4b11e48a827565759b86a6101de3990416093170d6859b8','{"bytes":294,"created":"2026-11-22T14:31:42.835935785Z","file":"gone-1.0.0.tgz"}',X'89E9C4511CE49E572C3689E1A5B505B850DFECF7DC8BF6B5D0C2C65001A3244A');
INSERT INTO "event" VALUES(9,1795357902852682420,'anonymous','main','delete','gone','1.0.0','bf080ae8779555b4f4b11e48a827565759b86a6101de3990416093170d6859b8','{}',X'2C27E34B58F3A1C90D2716DE9E2D8BAA8A284D14E8EA65725ADE88381355CB84');
INSERT INTO "event" VALUES(10,1795357902879277553,'admin','main','yank','alpha','1.0.1','cba7f12d75c460811d9993178c84b3f3aa3824938fd5c936ef257668b3f6f248','{"reason":"wrong image"}',X'6BBC3D60468E34485A13ECACD2CA71970E245247E0F650C15C60E397F92DCA04');
INSERT INTO "event" VALUES(11,1795357902883109216,'anonymous','main','images','alpha','1.1.0','6fb60885a4620f6eb0ffefc560c9f2619238f62a6be58fd8c610287aeae7e5ac','{"images":["registry.example.org/alpha:1.1"]}',X'5E17F26F19FFBF3D4CF784F7522FE7B08E5167D5C86892E11AB670807598136E');
INSERT INTO "event" VALUES(12,1795357902884788748,'anonymous','far','repo.create','','','','{"settings":{"allow_private":true,"mode":"proxy","refresh_minutes":0,"upstream":"http://127.0.0.1:45335"}}',X'178524EFF8188CB2A76C21BA13929E234CE4833767BE780D5CC29BA8835D5849');
INSERT INTO "event" VALUES(13,1795357902895506887,'upstream','far','upstream.add','elsewhere','1.1.0','1ac8e9cbe772015e1704b95127e8ecd11071e8d2542a053f03ab15b612e688cf','{"created":"2026-11-22T14:31:42.749237299Z","line":"{\"apiVersion\":\"v2\",\"created\":\"2026-11-22T14:31:42.749237299Z\",\"digest\":\"1ac8e9cbe772015e1704b95127e8ecd11071e8d2542a053f03ab15b612e688cf\",\"name\":\"elsewhere\",\"urls\":[\"charts/elsewhere-1.1.0.tgz\"],\"version\":\"1.1.0\"}"}',X'8911F76048389F65262560915FA2F787EB8D3F329A6488AB2B2B57E55F222E4B');
INSERT INTO "event" VALUES(14,1795357902895559587,'upstream','far','upstream.add','elsewhere','1.0.0','e76c398262f00806d658d92d1d6cae9ebadc25fbce1f22e6209bc002f3835681','{"created":"2026-11-22T14:31:42.737660989Z","line":"{\"apiVersion\":\"v2\",\"created\":\"2026-11-22T14:31:42.737660989Z\",\"digest\":\"e76c398262f00806d658d92d1d6cae9ebadc25fbce1f22e6209bc002f3835681\",\"name\":\"elsewhere\",\"urls\":[\"charts/elsewhere-1.0.0.tgz\"],\"version\":\"1.0.0\"}"}',X'76F68CC2B495CF527B0AA874D74DA42FF352BECEEAB7BB2E06466CE5D5AA4D5B');
INSERT INTO "event" VALUES(15,1795357902949792555,'admin','all','repo.create','','','','{"settings":{"members":"main far"}}',X'E5F981586E0114200EF47FB224D9E340363EC4FAE2B637F5647A8249C8C57304');
INSERT INTO "event" VALUES(16,1795357902973976767,'admin','prod','repo.create','','','','{"settings":{"cooldown_days":365,"members":"main"}}',X'C87EE2FED8B009868D5DF8BFE60C422C28596D39F9DFAE24002E01D879218B3C');
INSERT INTO "event" VALUES(17,1795357902992553353,'admin','prod','promote','alpha','1.0.0','5ae419cdf1ba505ae52b3fa67e24c2ba88e6ac2c81c8ce65f0eb0c8d5cf01c04','{}',X'4F1EE05309B468C041FDEF08ECB5C72622E3D5FEFC8F1D5C2BB59937DC5001B0');
INSERT INTO "event" VALUES(18,1795357903015909583,'admin','team-a/stable','repo.create','','','','{"settings":{"private":true}}',X'3682D97AAE2E1E4BACD9D6EC59CC593505DC8DA18369D8FE33D43AF19A994D8E');
INSERT INTO "event" VALUES(19,1795357903737822448,'admin','carried','repo.create','','','','{}',X'1E1A856B74669BE25037CFFE2BDEB82A59C52CB72F716C49CD1CD15B714F8770');
INSERT INTO "event" VALUES(20,1795357903737951148,'admin','carried','import','freight','1.0.0','0fdc8c871e434fec1f6629fddcbbb00467f4340161d76005979d15c4224d24fd','{"bytes":294,"created":"2026-11-22T14:31:42.740045501Z","file":"freight-1.0.0.tgz"}',X'A91B5EAEDD95636BD8DBA0071C76484564365ED80FDD7CD1CCC2EB8C9B091F25');
INSERT INTO "event" VALUES(21,1795357903738078588,'admin','carried','import','freight','1.1.0','ad081518f339a480d8b3488d5d6f3b5bf989203d7221e060314698ead238330d','{"bytes":293,"created":"2026-11-22T14:31:42.754775784Z","file":"freight-1.1.0.tgz"}',X'B81DFC42DDFD0709A17330A5DD028D8A648F5BCA34D17E44A4173FEBE9BE2BBF');
INSERT INTO "event" VALUES(22,1795357907105749689,'t1','team-a/stable','publish','secret-chart','1.0.0','1a3db2df794b2f81da39e8148bee356df25ebb8a851e235fecb66fe877bbdfee','{"bytes":297,"created":"2026-11-22T14:31:47.089999785Z","file":"secret-chart-1.0.0.tgz"}',X'652D9735A34D213096AAC39A3B79FE75ADE2B68E023F4A4810EADC1DB598DA55');
CREATE TABLE hook (
	id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name          TEXT NOT NULL UNIQUE,
	url           TEXT NOT NULL,
	format        TEXT NOT NULL,
	repos         TEXT NOT NULL,            -- patterns (format/glob.h) of what it is told of
	charts        TEXT NOT NULL,
	kinds         TEXT NOT NULL,            -- lines, patterns of event kinds
	secret        TEXT NOT NULL,            -- '': nothing is signed
	old_secret    TEXT NOT NULL DEFAULT '', -- signs as well
	old_until_ns  INTEGER NOT NULL DEFAULT 0,       -- until then
	headers       TEXT NOT NULL DEFAULT '', -- lines 'Name: value'
	allow_private INTEGER NOT NULL DEFAULT 0 CHECK (allow_private IN (0, 1)),
	paused        INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
	created_ns    INTEGER NOT NULL,
	-- Events up to this one were looked at: what it is told of has a delivery.
	done_event    INTEGER NOT NULL,
	-- How sending goes.
	failures      INTEGER NOT NULL DEFAULT 0,       -- in a row
	failing_ns    INTEGER NOT NULL DEFAULT 0,       -- since
	rest_ns       INTEGER NOT NULL DEFAULT 0,       -- nothing is sent before, after many failures
	worked_ns     INTEGER NOT NULL DEFAULT 0        -- the last success; 0: none yet
) STRICT;
INSERT INTO "hook" VALUES(1,'kept','https://hooks.example.org/kept','cloudevents','*','*','publish
overwrite
prov
prov.delete
yank
unyank
delete
undelete
purge
promote
release
drift
upstream.fork
upstream.frozen
repo.*','whsec_GwXjZUG3ApcIcWK9WbDHqBQjAQG1Stp0','',0,'',0,1,1795357903056398899,18,0,0,0,0);
CREATE TABLE meta (
	key   TEXT NOT NULL PRIMARY KEY,        -- 'instance_id', 'clean_shutdown', …
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('clean_shutdown','1');
INSERT INTO "meta" VALUES('virtual:3','15');
INSERT INTO "meta" VALUES('virtual:4','17');
CREATE TABLE node (
	level    INTEGER NOT NULL CHECK (level > 0),   -- covers 2^level events
	position INTEGER NOT NULL,                     -- from the left, from 0, within its level
	hash     BLOB NOT NULL CHECK (length(hash) = 32),
	PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "node" VALUES(1,0,X'909ECE21D0368DC3751300EA6E8A687613177FA2B5F1FA26957B21264123C7B5');
INSERT INTO "node" VALUES(1,1,X'1E88286CC38450C76153B68A31D093D98D58F9CE53476DFCB38AF4417D9B91FC');
INSERT INTO "node" VALUES(1,2,X'F38A8E6E3191D264AC433380D4B73A2CCA1F39D1F846226C675757D20C16D002');
INSERT INTO "node" VALUES(1,3,X'2CC88CDB8522F498EFBD333A2B4D448C7A6CF3226C4919A6AA85DBFB28C3944A');
INSERT INTO "node" VALUES(1,4,X'D89C2C4FD390613B4060D6C2AB5A903232691B1F9185B5E980094A7FDCE67F14');
INSERT INTO "node" VALUES(1,5,X'679CAF7E932C1065E99CF116193FBF082849C3D8A6D8FD248A78B7F1E9C6D262');
INSERT INTO "node" VALUES(1,6,X'747DE9DCDA50C401234282F8A27160C603B7594325C5C404DD7D7C389EC93235');
INSERT INTO "node" VALUES(1,7,X'ABB387D421A70846EDE4505BC3D2C9E3774CD40BBA509B8A60DA869EEC3DA524');
INSERT INTO "node" VALUES(1,8,X'E0BFEFF8FB8A10E0B632D9DBE5EDDF6414651AFE5547072CBA061FA786C5D359');
INSERT INTO "node" VALUES(1,9,X'19F68E0BC9BAE0B9B2D4D1B2BBE07267E1A57AC30BD792A45F0CDAE6DDC65AE6');
INSERT INTO "node" VALUES(1,10,X'8CD6972577954719F5A1DE03B325D1B6355435C100AB7BCB4FB1A51742DC907B');
INSERT INTO "node" VALUES(2,0,X'174F1A736327ACC2E679A17A39FF2FA69183EC53531606CEAC6AA318C7A64A2C');
INSERT INTO "node" VALUES(2,1,X'31BBA3813E2CE624246F5E0BFED332CA6F275622F128398EF5B8976DE0CCB296');
INSERT INTO "node" VALUES(2,2,X'0250C7C1788CDD0D42DACE453ED631125341DDB40EF56BF88EAB28408850A276');
INSERT INTO "node" VALUES(2,3,X'40172396C68BD497D58D71CFC94C8B84BC0ABACC04379E779DAB5A02FB26200F');
INSERT INTO "node" VALUES(2,4,X'E30C0723B8F6D7D1DA4C8FCC18951FE4B24D3020563FB9C1E4393640BC3FB30F');
INSERT INTO "node" VALUES(3,0,X'E4FC0EFCEB3B752A59044D7DB639ABC490E1EA5C757B5B8FA654A6405864CC25');
INSERT INTO "node" VALUES(3,1,X'9E1D7CEB93E55F12E827E780E6A61EEB8F3C616B0A51F21B1D797978F40F062B');
INSERT INTO "node" VALUES(4,0,X'5C7CC91CF7CE86B1BAEE11580CFD1E3E573C93A8A4E09A18C6A739380929D66F');
CREATE TABLE past (
	repo_id    INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	chart      TEXT NOT NULL,
	version    TEXT NOT NULL,
	file       TEXT NOT NULL,
	digest     BLOB NOT NULL CHECK (length(digest) = 32),
	created_ns INTEGER NOT NULL,
	line       TEXT NOT NULL,               -- '' after a purge
	from_event INTEGER NOT NULL,
	to_event   INTEGER NOT NULL CHECK (to_event > from_event),
	PRIMARY KEY (repo_id, chart, version, from_event)
) STRICT, WITHOUT ROWID;
INSERT INTO "past" VALUES(1,'alpha','1.0.1','alpha-1.0.1.tgz',X'CBA7F12D75C460811D9993178C84B3F3AA3824938FD5C936EF257668B3F6F248',1795357902762601571,'{"apiVersion":"v2","appVersion":"1.0.1","created":"2026-11-22T14:31:42.762601571Z","digest":"cba7f12d75c460811d9993178c84b3f3aa3824938fd5c936ef257668b3f6f248","keywords":["kept"],"name":"alpha","urls":["charts/alpha-1.0.1.tgz"],"version":"1.0.1"}',4,10);
INSERT INTO "past" VALUES(1,'gone','1.0.0','gone-1.0.0.tgz',X'BF080AE8779555B4F4B11E48A827565759B86A6101DE3990416093170D6859B8',1795357902835935785,'{"apiVersion":"v2","created":"2026-11-22T14:31:42.835935785Z","digest":"bf080ae8779555b4f4b11e48a827565759b86a6101de3990416093170d6859b8","name":"gone","urls":["charts/gone-1.0.0.tgz"],"version":"1.0.0"}',8,9);
CREATE TABLE pull (
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	file    TEXT NOT NULL,
	day     INTEGER NOT NULL,
	count   INTEGER NOT NULL,
	PRIMARY KEY (repo_id, file, day)
) STRICT, WITHOUT ROWID;
INSERT INTO "pull" VALUES(2,'elsewhere-1.0.0.tgz',20779,1);
CREATE TABLE release (
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,       -- the view
	chart   TEXT NOT NULL,
	version TEXT NOT NULL,
	digest  BLOB NOT NULL CHECK (length(digest) = 32),
	event   INTEGER NOT NULL,
	PRIMARY KEY (repo_id, chart, version)
) STRICT, WITHOUT ROWID;
INSERT INTO "release" VALUES(4,'alpha','1.0.0',X'5AE419CDF1BA505AE52B3FA67E24C2BA88E6AC2C81C8CE65F0EB0C8D5CF01C04',17);
CREATE TABLE remote (
	repo_id    INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	chart      TEXT NOT NULL,               -- the key under entries
	version    TEXT NOT NULL,
	hash       BLOB NOT NULL CHECK (length(hash) = 32),  -- of the entry: unchanged, if it is equal
	digest     BLOB CHECK (length(digest) = 32),         -- as promised; NULL: none
	created_ns INTEGER NOT NULL,
	urls       TEXT NOT NULL,               -- where the archive is: absolute, a JSON array
	state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),  -- taken, left out, refused
	why        TEXT NOT NULL,               -- a selection_word: of the rule that leaves it out, or takes it
	                                        -- though others would not; refused: a sentence; or ''
	unfetched  TEXT NOT NULL,               -- why its archive was not to be had when it was asked for last
	seen_ns    INTEGER NOT NULL,            -- when these bytes were first seen here
	gone_ns    INTEGER NOT NULL DEFAULT 0,  -- since when the upstream has it no more; 0: it has
	drift      BLOB CHECK (length(drift) = 32),          -- the other digest that it promises by now
	drift_ns   INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (repo_id, chart, version)
) STRICT, WITHOUT ROWID;
INSERT INTO "remote" VALUES(2,'elsewhere','1.0.0',X'F5916E291840FC677A319C1E2110A403FC76A98C582BE399E2EA4DDF36B2C9F4',X'E76C398262F00806D658D92D1D6CAE9EBADC25FBCE1F22E6209BC002F3835681',1795357902737660989,'["http://127.0.0.1:45335/charts/elsewhere-1.0.0.tgz"]',0,'','',1795357902895557378,0,NULL,0);
INSERT INTO "remote" VALUES(2,'elsewhere','1.1.0',X'5EED0C0ABB961AD32439D590F1E340753CF20231B60B4C91F2E0B332D17ADD3C',X'1AC8E9CBE772015E1704B95127E8ECD11071E8D2542A053F03AB15B612E688CF',1795357902749237299,'["http://127.0.0.1:45335/charts/elsewhere-1.1.0.tgz"]',0,'','',1795357902895502367,0,NULL,0);
CREATE TABLE repo (
	id         INTEGER NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,        -- one or two segments: 'stable', 'team-a/stable'
	created_ns INTEGER NOT NULL
, settings TEXT NOT NULL DEFAULT '{}') STRICT;
INSERT INTO "repo" VALUES(1,'main',1795357901208975745,'{}');
INSERT INTO "repo" VALUES(2,'far',1795357902884751458,'{"allow_private":true,"mode":"proxy","refresh_minutes":0,"upstream":"http://127.0.0.1:45335"}');
INSERT INTO "repo" VALUES(3,'all',1795357902949751865,'{"members":"main far"}');
INSERT INTO "repo" VALUES(4,'prod',1795357902973767076,'{"cooldown_days":365,"members":"main"}');
INSERT INTO "repo" VALUES(5,'team-a/stable',1795357903015875503,'{"private":true}');
INSERT INTO "repo" VALUES(6,'carried',1795357903737783978,'{}');
CREATE TABLE token (
	id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name         TEXT NOT NULL UNIQUE,
	digest       BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),      -- SHA-256 of its text
	account_id   INTEGER REFERENCES account (id) ON DELETE CASCADE,
	roles        TEXT NOT NULL,
	declared     INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1)),
	created_ns   INTEGER NOT NULL,
	expires_ns   INTEGER NOT NULL,          -- 0: never
	last_used_ns INTEGER NOT NULL DEFAULT 0 -- kept to the hour, written now and then
) STRICT;
INSERT INTO "token" VALUES(1,'ci',X'BCE4D481F3C3C4BEA0F889D37ADFE6AEC6C4F01E069922FCF5ABC1DAAEFF0763',NULL,'push:team-a/stable',0,1795357907067647575,0,1795356000000000000);
CREATE TABLE trip (
	repo_id     INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	bundle      TEXT NOT NULL,              -- whose bundle it was; of what came for its sake, not this repository
	event       INTEGER NOT NULL,           -- the trip's number: the last event there that it knows
	leaf        BLOB NOT NULL CHECK (length(leaf) = 32),    -- that event's hash
	root        BLOB NOT NULL CHECK (length(root) = 32),    -- of the log there with that many events
	edge        TEXT NOT NULL,              -- hashes of its complete subtrees, the largest first; '' for what came along
	instance    TEXT NOT NULL,              -- of which data directory
	parent      INTEGER NOT NULL,           -- the trip that had to be here; 0: none
	at_ns       INTEGER NOT NULL,           -- when that event was
	imported_ns INTEGER NOT NULL,           -- when it was brought in
	filter      TEXT NOT NULL,              -- what of the repository it was; '': everything
	signers     TEXT NOT NULL,              -- names of keys, with spaces between them
	manifest    BLOB NOT NULL CHECK (length(manifest) = 32),
	versions    INTEGER NOT NULL,           -- of this repository that it told of
	bytes       INTEGER NOT NULL,           -- of their archives
	PRIMARY KEY (repo_id, bundle, event)
) STRICT, WITHOUT ROWID;
INSERT INTO "trip" VALUES(6,'carried',4,X'D309E3852373641F4F9E15865C26AA676E2545B78299EE11C1CC7BCF5782C562',X'515F11CF729D42A7D6524F90C3186B87E185708A0DA14D04CB0383BE691731EB','515f11cf729d42a7d6524f90c3186b87e185708a0da14d04cb0383be691731eb','19ad1f019d5b258591f2c57fcb9c6196',0,1795357902755117144,1795357903738124758,'','outer.example.org',X'962FF4CB2C3B2CBE578441D5C3A8C8F0A46754EB3EF6B22E267C42E7D7FEC436',2,587);
CREATE TABLE upstream (
	repo_id       INTEGER NOT NULL PRIMARY KEY REFERENCES repo (id) ON DELETE CASCADE,
	state         INTEGER NOT NULL,         -- enum upstream_state of store/upstreams.h
	reason        TEXT NOT NULL,            -- why it fails or is held, for people; ''
	held_for      INTEGER NOT NULL CHECK (held_for BETWEEN 0 AND 2),     -- enum upstream_hold
	checked_ns    INTEGER NOT NULL,         -- the last try
	fresh_ns      INTEGER NOT NULL,         -- the last try that succeeded; 0: none
	changed_ns    INTEGER NOT NULL,         -- the last one that brought something
	failing_ns    INTEGER NOT NULL,         -- since when it fails; 0: it does not
	failures      INTEGER NOT NULL,         -- in a row
	next_ns       INTEGER NOT NULL,         -- when it is asked again; 0: not by itself
	etag          TEXT NOT NULL,
	last_modified TEXT NOT NULL,
	body          BLOB CHECK (length(body) = 32),        -- digest of the index that was read last, or of the drop that is held
	rules         BLOB CHECK (length(rules) = 32),       -- digest of the settings it was read with
	generated     TEXT NOT NULL,            -- as its index says
	software      TEXT NOT NULL,            -- 'chartmuseum', 'chartlocker', …; '': unknown
	versions      INTEGER NOT NULL,         -- in its index
	taken         INTEGER NOT NULL,         -- of them
	skipped       INTEGER NOT NULL,         -- entries that cannot be taken
	log_size      INTEGER NOT NULL DEFAULT 0,            -- of another Chartlocker: the log that was seen
	log_root      BLOB CHECK (length(log_root) = 32),
	log_key       TEXT NOT NULL DEFAULT '',              -- what verifies its checkpoints
	publisher     TEXT NOT NULL DEFAULT '',  -- its artifacthub-repo.yml, as it was read last; '': none
	publisher_etag     TEXT NOT NULL DEFAULT '',
	publisher_modified TEXT NOT NULL DEFAULT '',
	hook_secret   TEXT NOT NULL DEFAULT ''  -- of the inbound hook; '': there is none
, loaded INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "upstream" VALUES(2,1,'',0,1795357902896009378,1795357902896009378,1795357902896009378,0,0,0,'"547668487ec5edc03b68fe9381e378f6"','',X'DC9FBFB20A8A7E77571FED2B40ED725F2C5E761717C65B25F2317405F0AB8F40',X'8977F606612FC6787DA6E717FFFC569EEF8A12FEEE1F7961FB1612CBEB603EE3','2026-11-22T14:31:42.7509138Z','chartlocker',2,2,0,3,X'22570312379B1C347DC3479ACD452376B2BEDC83E743C060F218BBBE02FFD1C4','chartlocker-1bfdbd4d1c55667f+7a2fe28b+AXT397HAWJEaCN19+J/WIvYklN1KVkQU9Katyrp0y9q1','repositoryID: a768efc2-58c8-5686-9c49-09b6f4302e2e
','"b88f7da06397b7c78a4be456921f7e86"','','',14);
CREATE TABLE upstream_run (
	repo_id  INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	at_ns    INTEGER NOT NULL,
	took_ms  INTEGER NOT NULL,
	state    INTEGER NOT NULL,              -- what it ended in
	added    INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	gone     INTEGER NOT NULL,
	skipped  INTEGER NOT NULL,
	bytes    INTEGER NOT NULL,              -- that came over the wire
	reason   TEXT NOT NULL,
	held_for INTEGER NOT NULL CHECK (held_for BETWEEN 0 AND 2),
	PRIMARY KEY (repo_id, at_ns)
) STRICT, WITHOUT ROWID;
INSERT INTO "upstream_run" VALUES(2,1795357902896009378,2,1,2,0,0,0,340,'',0);
CREATE TABLE upstream_skipped (
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	number  INTEGER NOT NULL,
	chart   TEXT NOT NULL,
	version TEXT NOT NULL,
	line    INTEGER NOT NULL,
	why     TEXT NOT NULL,
	PRIMARY KEY (repo_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE version (
	id          INTEGER NOT NULL PRIMARY KEY,
	repo_id     INTEGER NOT NULL REFERENCES repo (id),
	chart       TEXT NOT NULL,
	version     TEXT NOT NULL,              -- as it is written in Chart.yaml
	file        TEXT NOT NULL,              -- below repos/<name>/charts/
	digest      BLOB NOT NULL CHECK (length(digest) = 32),
	bytes       INTEGER NOT NULL CHECK (bytes >= 0),
	created_ns  INTEGER NOT NULL,
	state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),  -- live, deleted, damaged
	event       INTEGER NOT NULL,           -- seq of the publish
	prov_digest BLOB CHECK (length(prov_digest) = 32),           -- NULL: no provenance file
	line        TEXT NOT NULL, yanked TEXT, shown_from INTEGER NOT NULL DEFAULT 0, signature TEXT, deleted_event INTEGER NOT NULL DEFAULT 0, purged INTEGER NOT NULL DEFAULT 0 CHECK (purged IN (0, 1)), held INTEGER NOT NULL DEFAULT 1 CHECK (held IN (0, 1)), images TEXT,              -- its line in index.yaml (JSON), made at publish
	UNIQUE (repo_id, chart, version),
	UNIQUE (repo_id, file)
) STRICT;
INSERT INTO "version" VALUES(1,1,'alpha','1.0.0','alpha-1.0.0.tgz',X'5AE419CDF1BA505AE52B3FA67E24C2BA88E6AC2C81C8CE65F0EB0C8D5CF01C04',315,1795357902756939806,0,2,X'7578011FB6AFA899D4A06CB35D5E00901A24F811B2C409163C516543F4AC4E7D','{"apiVersion":"v2","created":"2026-11-22T14:31:42.756939806Z","description":"The first chart","digest":"5ae419cdf1ba505ae52b3fa67e24c2ba88e6ac2c81c8ce65f0eb0c8d5cf01c04","name":"alpha","urls":["charts/alpha-1.0.0.tgz"],"version":"1.0.0"}',NULL,2,NULL,0,0,1,NULL);
INSERT INTO "version" VALUES(2,1,'alpha','1.0.1','alpha-1.0.1.tgz',X'CBA7F12D75C460811D9993178C84B3F3AA3824938FD5C936EF257668B3F6F248',317,1795357902762601571,0,4,NULL,'{"apiVersion":"v2","appVersion":"1.0.1","created":"2026-11-22T14:31:42.762601571Z","digest":"cba7f12d75c460811d9993178c84b3f3aa3824938fd5c936ef257668b3f6f248","keywords":["kept"],"name":"alpha","urls":["charts/alpha-1.0.1.tgz"],"version":"1.0.1"}','wrong image',0,NULL,0,0,1,NULL);
INSERT INTO "version" VALUES(3,1,'alpha','1.1.0','alpha-1.1.0.tgz',X'6FB60885A4620F6EB0FFEFC560C9F2619238F62A6BE58FD8C610287AEAE7E5AC',317,1795357902784089000,0,5,NULL,'{"apiVersion":"v2","appVersion":"1.1.0","created":"2026-11-22T14:31:42.784089Z","digest":"6fb60885a4620f6eb0ffefc560c9f2619238f62a6be58fd8c610287aeae7e5ac","keywords":["kept"],"name":"alpha","urls":["charts/alpha-1.1.0.tgz"],"version":"1.1.0"}',NULL,5,NULL,0,0,1,'registry.example.org/alpha:1.1
');
INSERT INTO "version" VALUES(4,1,'alpha','2.0.0-rc.1','alpha-2.0.0-rc.1.tgz',X'A6081AED89B7CF0B801F6127741E98EA0DF5737CD9116397E18E3526EB0CC91E',322,1795357902803519407,0,6,NULL,'{"apiVersion":"v2","appVersion":"2.0.0-rc.1","created":"2026-11-22T14:31:42.803519407Z","digest":"a6081aed89b7cf0b801f6127741e98ea0df5737cd9116397e18e3526eb0cc91e","keywords":["kept"],"name":"alpha","urls":["charts/alpha-2.0.0-rc.1.tgz"],"version":"2.0.0-rc.1"}',NULL,6,NULL,0,0,1,NULL);
INSERT INTO "version" VALUES(5,1,'umbrella','0.3.0','umbrella-0.3.0.tgz',X'359B0D9258651C2C1F9B66708C77BC61000D30E5CEE30F61BB34DA2B93338877',345,1795357902814718256,0,7,NULL,'{"apiVersion":"v2","created":"2026-11-22T14:31:42.814718256Z","dependencies":[{"name":"alpha","repository":"","version":"~1.0"}],"digest":"359b0d9258651c2c1f9b66708c77bc61000d30e5cee30f61bb34da2b93338877","name":"umbrella","urls":["charts/umbrella-0.3.0.tgz"],"version":"0.3.0"}',NULL,7,NULL,0,0,1,NULL);
INSERT INTO "version" VALUES(6,1,'gone','1.0.0','gone-1.0.0.tgz',X'BF080AE8779555B4F4B11E48A827565759B86A6101DE3990416093170D6859B8',294,1795357902835935785,1,8,NULL,'{"apiVersion":"v2","created":"2026-11-22T14:31:42.835935785Z","digest":"bf080ae8779555b4f4b11e48a827565759b86a6101de3990416093170d6859b8","name":"gone","urls":["charts/gone-1.0.0.tgz"],"version":"1.0.0"}',NULL,0,NULL,9,0,1,NULL);
INSERT INTO "version" VALUES(7,2,'elsewhere','1.1.0','elsewhere-1.1.0.tgz',X'1AC8E9CBE772015E1704B95127E8ECD11071E8D2542A053F03AB15B612E688CF',0,1795357902749237299,0,13,NULL,'{"apiVersion":"v2","created":"2026-11-22T14:31:42.749237299Z","digest":"1ac8e9cbe772015e1704b95127e8ecd11071e8d2542a053f03ab15b612e688cf","name":"elsewhere","urls":["charts/elsewhere-1.1.0.tgz"],"version":"1.1.0"}',NULL,13,NULL,0,0,0,NULL);
INSERT INTO "version" VALUES(8,2,'elsewhere','1.0.0','elsewhere-1.0.0.tgz',X'E76C398262F00806D658D92D1D6CAE9EBADC25FBCE1F22E6209BC002F3835681',296,1795357902737660989,0,14,NULL,'{"apiVersion":"v2","created":"2026-11-22T14:31:42.737660989Z","digest":"e76c398262f00806d658d92d1d6cae9ebadc25fbce1f22e6209bc002f3835681","name":"elsewhere","urls":["charts/elsewhere-1.0.0.tgz"],"version":"1.0.0"}',NULL,14,NULL,0,0,1,NULL);
INSERT INTO "version" VALUES(9,6,'freight','1.0.0','freight-1.0.0.tgz',X'0FDC8C871E434FEC1F6629FDDCBBB00467F4340161D76005979D15C4224D24FD',294,1795357902740045501,0,20,NULL,'{"apiVersion":"v2","created":"2026-11-22T14:31:42.740045501Z","digest":"0fdc8c871e434fec1f6629fddcbbb00467f4340161d76005979d15c4224d24fd","name":"freight","urls":["charts/freight-1.0.0.tgz"],"version":"1.0.0"}',NULL,20,NULL,0,0,1,NULL);
INSERT INTO "version" VALUES(10,6,'freight','1.1.0','freight-1.1.0.tgz',X'AD081518F339A480D8B3488D5D6F3B5BF989203D7221E060314698EAD238330D',293,1795357902754775784,0,21,NULL,'{"apiVersion":"v2","created":"2026-11-22T14:31:42.754775784Z","digest":"ad081518f339a480d8b3488d5d6f3b5bf989203d7221e060314698ead238330d","name":"freight","urls":["charts/freight-1.1.0.tgz"],"version":"1.1.0"}',NULL,21,NULL,0,0,1,NULL);
INSERT INTO "version" VALUES(11,5,'secret-chart','1.0.0','secret-chart-1.0.0.tgz',X'1A3DB2DF794B2F81DA39E8148BEE356DF25EBB8A851E235FECB66FE877BBDFEE',297,1795357907089999785,0,22,NULL,'{"apiVersion":"v2","created":"2026-11-22T14:31:47.089999785Z","digest":"1a3db2df794b2f81da39e8148bee356df25ebb8a851e235fecb66fe877bbdfee","name":"secret-chart","urls":["charts/secret-chart-1.0.0.tgz"],"version":"1.0.0"}',NULL,22,NULL,0,0,1,NULL);
CREATE INDEX event_by_repo ON event (repo);
CREATE TRIGGER event_is_never_edited BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are never edited'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE INDEX version_by_repo ON version (repo_id);
CREATE INDEX event_of_ends ON event (seq) WHERE kind IN ('repo.rename', 'repo.delete', 'repo.purge');
CREATE INDEX alias_by_repo ON alias (repo_id);
CREATE INDEX version_by_use ON version (repo_id, state, bytes);
CREATE INDEX past_by_file ON past (repo_id, file);
CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never edited'); END;
CREATE INDEX version_absent ON version (repo_id, chart, version) WHERE held = 0;
CREATE INDEX remote_told ON remote (repo_id) WHERE drift IS NOT NULL OR gone_ns > 0;
CREATE INDEX delivery_by_turn ON delivery (hook_id, state, next_ns);
CREATE INDEX delivery_by_state ON delivery (hook_id, state, id);
CREATE INDEX version_unpinned ON version (repo_id, chart, version)
	WHERE digest = X'0000000000000000000000000000000000000000000000000000000000000000' AND state = 0;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('audit',22);
INSERT INTO "sqlite_sequence" VALUES('hook',1);
INSERT INTO "sqlite_sequence" VALUES('account',2);
INSERT INTO "sqlite_sequence" VALUES('token',1);
COMMIT;
