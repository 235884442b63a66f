-- What the first release stored for the charts of stored_charts.py: the rows of its tables. Its schema
-- is indexer/store/schema/0001-init.sql, which never changes.
INSERT INTO meta (key, value) VALUES
	('clean_shutdown', '1');
INSERT INTO repo (id, name, created_ns) VALUES
	(1, 'main', 1795237475286567501);
INSERT INTO repo (id, name, created_ns) VALUES
	(2, 'team-a/stable', 1795237475299540885);
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(1, 1795237475286605067, 'system', 'main', 'repo.create', '', '', '', '{}', x'd48d24c3bb69568160827b8611dfa2aaa5192fc540dcc9f2f9a781174b98843d');
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(2, 1795237475293328509, 'anonymous', 'main', 'publish', 'alpha', '1.0.0', '519e9da4c6917c175a1ed7caedc5e12c042b96ef6e04939e9e467a1f485942a4', '{"bytes":10263,"created":"2026-11-21T05:04:35.292666662Z","file":"alpha-1.0.0.tgz"}', x'762a7270755284c3c8832b1057ae2c9b96450f74b9bc0eee3b33673555e09e21');
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(3, 1795237475293368969, 'anonymous', 'main', 'prov', 'alpha', '1.0.0', 'aeb7191f9ef3bffbcd807eaec183b766ca476c7417e2a9b00589c837d5ab87fc', '{"bytes":258,"file":"alpha-1.0.0.tgz.prov"}', x'25479376bcfb159c884cabbdd575d934e78098a1044b6cd2fb189c3a0620df19');
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(4, 1795237475295893074, 'anonymous', 'main', 'publish', 'alpha', '1.1.0', 'd30a1e68629c2a25837246a7d7f840439828494df82416e0fbbc690b6a06c96c', '{"bytes":10263,"created":"2026-11-21T05:04:35.295609771Z","file":"alpha-1.1.0.tgz"}', x'92e99e6907151b7d4b688127cbcfc1970c5714b22d8c730dc141f6b1cb935cd4');
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(5, 1795237475297015107, 'anonymous', 'main', 'publish', 'gone', '1.0.0', '2de4e2a3b9081fc26b7dc7d2e72df90efd1638da51620107e486b1d551b7485e', '{"bytes":10263,"created":"2026-11-21T05:04:35.296758785Z","file":"gone-1.0.0.tgz"}', x'2ac1e8a2d4315ee1a9fa381f6158d272c95724c01076b5f86456e91e97bab978');
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(6, 1795237475297722268, 'anonymous', 'main', 'delete', 'gone', '1.0.0', '2de4e2a3b9081fc26b7dc7d2e72df90efd1638da51620107e486b1d551b7485e', '{}', x'76deb80de5355e06d7c45020782edc599c41c590d22cf96a87f4282ed85f13cb');
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(7, 1795237475299565121, 'anonymous', 'team-a/stable', 'repo.create', '', '', '', '{}', x'612bb7e5c564a819a5d50f318ae1d7d20b434f7738ad35a55691e12ff9c50f5d');
INSERT INTO event (seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf) VALUES
	(8, 1795237475299586953, 'anonymous', 'team-a/stable', 'publish', 'beta', '2.0.0+build.1', 'd210987a07d50400c9b77b749fc39b4f2505c2f6cbe0c06c628b5a8ef692bd88', '{"bytes":10263,"created":"2026-11-21T05:04:35.298684567Z","file":"beta-2.0.0+build.1.tgz"}', x'7d17aaba9662b0e668f4d0b481f77d1c6c9c07746d121b9786def8d0cb4f777b');
INSERT INTO node (level, position, hash) VALUES
	(1, 0, x'a306acf2535ff2e539fae6535f212c18524455a84c01f92efaa2e1ceaf3005e0');
INSERT INTO node (level, position, hash) VALUES
	(1, 1, x'06e18c4971b3440433c46f959b619dbed003590abcaffac9d9e5ee5270e8b3b7');
INSERT INTO node (level, position, hash) VALUES
	(1, 2, x'c70ccf9ee8ebccbc5b27c2f79cacde5978fb12c48a4deaaea4f347f7f5ac1ddf');
INSERT INTO node (level, position, hash) VALUES
	(1, 3, x'eb8cdfac900038972b4784258e0281add3b3465393683e0c7a5010afbbeaff79');
INSERT INTO node (level, position, hash) VALUES
	(2, 0, x'ca4a8a24aeb71c8434591a444a2398814e6d96d7d12fbd8ec652643bbbf4ebf8');
INSERT INTO node (level, position, hash) VALUES
	(2, 1, x'ce47fba84b53b943abd1222b4a31d69bf86a99d0a49f53976f7800a3bf082f81');
INSERT INTO node (level, position, hash) VALUES
	(3, 0, x'b2dded731d1fb0289167ac4f7cd4b652e31d192f54038099d4a687a715562994');
INSERT INTO version (id, repo_id, chart, version, file, digest, bytes, created_ns, state, event, prov_digest, line) VALUES
	(1, 1, 'alpha', '1.0.0', 'alpha-1.0.0.tgz', x'519e9da4c6917c175a1ed7caedc5e12c042b96ef6e04939e9e467a1f485942a4', 10263, 1795237475292666662, 0, 2, x'aeb7191f9ef3bffbcd807eaec183b766ca476c7417e2a9b00589c837d5ab87fc', '{"apiVersion":"v2","created":"2026-11-21T05:04:35.292666662Z","description":"The first chart","digest":"519e9da4c6917c175a1ed7caedc5e12c042b96ef6e04939e9e467a1f485942a4","name":"alpha","urls":["charts/alpha-1.0.0.tgz"],"version":"1.0.0"}');
INSERT INTO version (id, repo_id, chart, version, file, digest, bytes, created_ns, state, event, prov_digest, line) VALUES
	(2, 1, 'alpha', '1.1.0', 'alpha-1.1.0.tgz', x'd30a1e68629c2a25837246a7d7f840439828494df82416e0fbbc690b6a06c96c', 10263, 1795237475295609771, 0, 4, NULL, '{"apiVersion":"v2","created":"2026-11-21T05:04:35.295609771Z","digest":"d30a1e68629c2a25837246a7d7f840439828494df82416e0fbbc690b6a06c96c","keywords":["a","b"],"maintainers":[{"email":"ann@example.org","name":"Ann"}],"name":"alpha","urls":["charts/alpha-1.1.0.tgz"],"version":"1.1.0"}');
INSERT INTO version (id, repo_id, chart, version, file, digest, bytes, created_ns, state, event, prov_digest, line) VALUES
	(3, 1, 'gone', '1.0.0', 'gone-1.0.0.tgz', x'2de4e2a3b9081fc26b7dc7d2e72df90efd1638da51620107e486b1d551b7485e', 10263, 1795237475296758785, 1, 5, NULL, '{"apiVersion":"v2","created":"2026-11-21T05:04:35.296758785Z","digest":"2de4e2a3b9081fc26b7dc7d2e72df90efd1638da51620107e486b1d551b7485e","name":"gone","urls":["charts/gone-1.0.0.tgz"],"version":"1.0.0"}');
INSERT INTO version (id, repo_id, chart, version, file, digest, bytes, created_ns, state, event, prov_digest, line) VALUES
	(4, 2, 'beta', '2.0.0+build.1', 'beta-2.0.0+build.1.tgz', x'd210987a07d50400c9b77b749fc39b4f2505c2f6cbe0c06c628b5a8ef692bd88', 10263, 1795237475298684567, 0, 8, NULL, '{"apiVersion":"v2","appVersion":"7","created":"2026-11-21T05:04:35.298684567Z","digest":"d210987a07d50400c9b77b749fc39b4f2505c2f6cbe0c06c628b5a8ef692bd88","name":"beta","urls":["charts/beta-2.0.0+build.1.tgz"],"version":"2.0.0+build.1"}');
