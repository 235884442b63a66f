/* Limits, durations, pauses and lengths of lists that are no setting, with their units. Helm's own limits are in
 * clients.md §2.1, the reasons for the others in trust.md §6.
 * Long because all limits stand together, so that who hardens or sizes a server reads one file; who adds
 * one begins where it is kept to, which `git grep` of its neighbours here tells.               */
#pragma once

#define KIB 1024u
#define MIB (1024u * 1024u)

/* Archives */
#define CHART_UNPACKED_MAX_BYTES   (100u * MIB)     /* Helm ≥ 3.17.3; and packed, but for upload.max_bytes */
#define CHART_FILE_MAX_BYTES       (5u * MIB)       /* Helm ≥ 3.17.3 */
#define CHART_RATIO_FREE_BYTES     (64u * MIB)      /* below this any ratio is accepted */
#define CHART_RATIO_MAX            50u              /* unpacked : packed */
#define CHART_MEMBERS_MAX          10000u
#define CHART_MEMBER_NAME_MAX_BYTES 1024u
#define CHART_MEMBER_SEGMENT_MAX_BYTES 255u
#define CHART_MEMBER_DEPTH_MAX     32u
#define CHART_NESTING_MAX          10u              /* charts within charts, Helm has none */
#define GZIP_HEADER_FIELD_MAX_BYTES (1u * KIB)      /* FEXTRA, FNAME, FCOMMENT each */
#define PAX_HEADER_MAX_BYTES       (64u * KIB)
#define CHART_PARSED_MAX_BYTES     (16u * MIB)      /* metadata, values, schemas: 5 MiB take 0.3 s */
#define CHART_WARNINGS_MAX         16u              /* later ones are dropped */
#define CHART_GZIP_LEVEL           9                /* of charts that are packaged here */

/* YAML and metadata */
#define YAML_DEPTH_MAX             64u
#define ANSWER_DEPTH_MAX           128u             /* of our API: GRAPH_DEPTH_MAX objects and lists, and some */
#define YAML_EVENTS_MAX            100000u          /* Chart.yaml, requirements, locks */
#define YAML_VALUES_EVENTS_MAX     1000000u         /* values.yaml, after aliases are expanded */
#define YAML_SCALAR_MAX_BYTES      (64u * KIB)      /* Chart.yaml; values have the file limit */
#define YAML_NUMBER_MAX_BYTES      512u             /* longer ones are strings; go-yaml has none */
#define CHART_YAML_MAX_BYTES       (1u * MIB)
#define CHART_NAME_MAX_BYTES       250u             /* helm create */
#define CHART_VERSION_MAX_BYTES    256u
#define CHART_TEXT_MAX_BYTES       (32u * KIB)      /* one string of the metadata */
#define CHART_LIST_MAX             500u             /* maintainers, keywords, … each */
#define INDEX_LINE_MAX_BYTES       (1u * MIB)
#define INDEX_TEXT_MAX_BYTES       (2u * MIB)       /* of another server's index, from one value to the next */
#define INDEX_CHARTS_MAX           200000u          /* the others too: of one that is read as it comes */
#define INDEX_VERSIONS_MAX         1000000u
#define INDEX_SKIPPED_MAX          100000u
#define INDEX_ANCHORED_MAX_BYTES   (8u * MIB)       /* what aliases may stand for */
#define INDEX_EXPANDED_MAX_BYTES   (64u * MIB)      /* what they stand for, each time */
#define PROVENANCE_MAX_BYTES       (1u * MIB)
#define SEMVER_RANGE_MAX_BYTES     512u             /* Masterminds' */
#define SEMVER_RANGE_GROUPS_MAX    32u              /* Masterminds' */
#define CHART_SCHEMA_DEPTH_MAX     512u             /* values.schema.json */
#define LOCK_DIGESTED_MAX_BYTES    (8u * MIB)       /* the dependencies as Helm hashes them */

/* Values as they are shown */
#define VALUES_EVENTS_MAX          200000u          /* of all values.yaml of a chart, aliases expanded */
#define VALUES_NODES_MAX           100000u          /* of all maps that are merged */
#define VALUES_ROWS_MAX            20000u
#define VALUES_DEPTH_MAX           64u              /* what is deeper is text in its row */
#define VALUES_PROBLEMS_MAX        32u
#define VALUES_LINES_MAX           200000u          /* of a values.yaml; later ones have no comments */
#define VALUES_STEPS_MAX           2000000u         /* looking for keys, ranges, subcharts */
#define VALUES_SORTS_MAX           2000000u         /* keys, each as often as a map with it is merged */
#define VALUES_SUBCHARTS_MAX       1000u            /* each as often as it is used */
#define VALUES_ABSENT_MAX          2000u            /* rows that the schema alone knows */
#define VALUES_ABSENT_DEPTH_MAX    3u               /* of them, below the last one that is there */
#define VALUE_PATH_MAX_BYTES       1024u            /* values with longer ones are left out */
#define VALUE_SHOWN_MAX_BYTES      512u
#define VALUE_COMMENT_MAX_BYTES    (4u * KIB)
#define VALUE_SET_MAX_BYTES        (4u * KIB)
#define VALUE_YAML_MAX_BYTES       (64u * KIB)
#define SCHEMA_MAX_BYTES           (2u * MIB)       /* of all values.schema.json of a chart */
#define SCHEMA_STEPS_MAX           2000000u
#define SCHEMA_DEPTH_MAX           128u             /* schemas within schemas, $ref followed */
#define SCHEMA_NAMES_MAX           1000u            /* $id and $anchor that can be referred to */
#define SCHEMA_ADDRESS_MAX_BYTES   2048u            /* of an $id, with those it is in */
#define SCHEMA_PLACE_MAX           16u              /* schemas that speak of one value */
#define SCHEMA_VIOLATIONS_MAX      200u
#define SCHEMA_TEXT_MAX_BYTES      1024u
#define SCHEMA_PROBLEMS_MAX        8u

/* README.md and other Markdown of a chart */
#define MARKDOWN_MAX_BYTES         (512u * KIB)     /* what follows the last line of them is not shown; known
                                                       ones have up to 174 KB */
#define MARKDOWN_HTML_MAX_BYTES    (1u * MIB)       /* what a browser shows at once */
#define MARKDOWN_DEPTH_MAX         64u              /* elements within elements */
#define MARKDOWN_MARKS_MAX         512u             /* ">" and "-" before a line; two spaces count as one */
#define MARKDOWN_WORK_MAX          (64u * MIB)      /* "]" and addresses × bytes before them in a paragraph;
                                                       the parser is quadratic there, real ones have 1 Mi */
#define MARKDOWN_STEPS_MAX         (4u * MIB)       /* pieces of text, elements, empty cells */
#define MARKDOWN_HEADINGS_MAX      500u             /* later ones have no address */
#define MARKDOWN_HEADING_MAX_BYTES 256u             /* of its address, and in a table of contents */
#define MARKDOWN_ANCHORS_MAX       500u             /* names of tags; later ones are none */
#define MARKDOWN_LINKS_MAX         10000u           /* later ones are text */
#define MARKDOWN_LINK_MAX_BYTES    (8u * KIB)       /* longer ones are text */
#define MARKDOWN_LINKS_MAX_BYTES   (4u * MIB)       /* together: one definition serves many links */
#define MARKDOWN_TITLE_MAX_BYTES   (1u * KIB)       /* of a link, and what stands for an image */
#define MARKDOWN_LANGUAGE_MAX_BYTES 32u             /* of a code block */
#define MARKDOWN_IMAGE_MAX_PIXELS  2000u
#define MARKDOWN_SPAN_MAX          100u             /* columns or rows of a cell */

/* Trust */
#define CLEARTEXT_SIGNATURE_MAX_BYTES (16u * KIB)   /* armored; one of RSA 4096 has 1 KiB */
#define OPENPGP_KEYRING_MAX_BYTES  (1u * MIB)
#define OPENPGP_KEYS_MAX           1000u            /* with subkeys */
#define OPENPGP_RSA_MIN_BITS       2048u            /* of a signature; a shorter key is weak */
#define GLOB_MAX_BYTES             256u
#define SECRET_MAX_BYTES           1024u            /* a password or a token */
#define PASSWORD_MIN_BYTES         8u               /* of new ones */
#define PERSON_NAME_MAX_BYTES      64u              /* of a user or a token */
#define TOKEN_DAYS                 90u              /* until it expires, where nothing is said */
#define TOKENS_PER_USER_MAX        100u             /* that no settings file declares */
#define PEOPLE_ANSWER_MAX_BYTES    (16u * MIB)
#define PASSWORD_MAX_BYTES         1024u
#define SIGNING_KEY_FILE_MAX_BYTES (4u * KIB)
#define NOTE_MAX_BYTES             (1u * MIB)
#define NOTE_SIGNATURES_MAX        100u             /* Go's */
#define NOTE_NAME_MAX_BYTES        255u

/* HTTP */
#define HTTP_URI_MAX_BYTES         (8u * KIB)
#define HTTP_HEADER_LINE_MAX_BYTES (8u * KIB)
#define HTTP_HEADERS_MAX           100u
#define HTTP_HEADERS_MAX_BYTES     (32u * KIB)
#define HTTP_QUERY_PARAMS_MAX      64u
#define HTTP_SEGMENTS_MAX          16u              /* of a path */
#define HTTP_HOST_MAX_BYTES        255u
#define HTTP_REQUEST_ID_MAX_BYTES  64u
#define HTTP_CONNECTION_MEMORY_BYTES (64u * KIB)    /* of libmicrohttpd, which clears it for each request */
#define HTTP_RESPONSE_PIECES_MAX   1000u            /* libmicrohttpd hangs above 1,024 */
#define HTTP_HEADER_DEADLINE_SECONDS 10u
#define HTTP_IDLE_SECONDS          75u
#define HTTP_BODY_MIN_BYTES_PER_SECOND 1024u        /* over HTTP_BODY_RATE_SECONDS */
#define HTTP_BODY_RATE_SECONDS     30u
#define HTTP_SEND_MIN_BYTES_PER_SECOND 1024u        /* over HTTP_SEND_RATE_SECONDS */
#define HTTP_SEND_RATE_SECONDS     30u
#define HTTP_ALIVE_SECONDS         10u              /* a watchdog that looked longer ago hangs */
#define HTTP_LINGER_SECONDS        30u              /* a refused body is dropped: the answer arrives */
#define HTTP_LINGER_MAX_BYTES      (256u * MIB)     /* of one */
#define HTTP_LINGERING_MAX         256u             /* at a time; the oldest makes room */
#define TLS_FILE_MAX_BYTES         (1u * MIB)       /* certificates or a key */
#define TLS_CHAIN_MAX              16u
#define DNS_NAME_MAX_BYTES         253u             /* RFC 1035, as text */
#define AUTHORITY_HOSTS_MAX        64u              /* that one authority is good for */
#define AUTHORITY_DAYS             3650             /* that an own one is good for, where nothing is said */
#define ISSUED_DAYS                7u               /* a certificate for a host counts so long, */
#define ISSUED_RENEW_DAYS          3u               /* and the next is made this much before its end */
#define ISSUED_MAX                 256u             /* in memory; the one not asked for longest goes */
#define ISSUED_PER_SECOND          16u              /* made; ISSUED_MAX may come at once */
#define CERTIFICATE_WARN_SECONDS   (14u * 86400u)   /* before the end of the own certificate /admin says so */
#define HTTP_LISTENERS_MAX         64u              /* handed over by a service manager */
#define HTTP_FORWARDED_MAX         32u              /* proxies in a row that are believed */
#define CONTROL_CONNECTIONS_MAX    64u
#define MULTIPART_BOUNDARY_MAX_BYTES 70u            /* RFC 2046 §5.1.1 */
#define MULTIPART_PARTS_MAX        16u
#define MULTIPART_HEADER_MAX_BYTES (8u * KIB)
#define MULTIPART_PREAMBLE_MAX_BYTES (8u * KIB)
#define REQUEST_ARENA_MAX_BYTES    (1u * MIB)
#define CHARTS_LIST_MAX_BYTES      (64u * MIB)      /* one answer of ChartMuseum's API */
#define TEXTS_MAX_BYTES            (256u * MIB)     /* of those that go out, and those that are kept */
#define TEXTS_KEPT                 8u               /* repositories whose list is kept */
#define INDEX_GZIP_LEVEL           6                /* of index.yaml; of other answers: GZIP_QUICK of gzip.h */
#define RELEASE_GZIP_LEVEL         6                /* of a release in a Secret; zlib's 9 takes up to 20 times as long */
#define API_BODY_MAX_BYTES         (512u * KIB)     /* a JSON object for the API */
#define API_BODY_PARTS_MAX         20000u           /* commas and brackets of it: a tree of 4 MB */

/* Pages */
#define PAGES_MAX                  100000u          /* of a list */
#define SITE_LOGO_MAX_BYTES        (256u * KIB)
#define PAGE_HTML_MAX_BYTES        (8u * MIB)       /* HTML, before it is compressed */
#define FORM_MAX_BYTES             (32u * KIB)      /* that a page sends back */
#define FORM_LONG_MAX_BYTES        (512u * KIB)     /* where a field is a keyring */
#define KEPT_REPOS_SHOWN           200u             /* deleted repositories that can be purged */
#define UPLOAD_FILES_MAX           12u              /* in one form of /upload */
#define UPLOAD_SHOWN_MS            2000u            /* until their pages are there */
#define VALUES_SHOWN_MAX           500u             /* on one page; so of the others */
#define VALUES_SHOWN_MAX_BYTES     (1u * MIB)       /* of their texts together; six times that escaped */
#define ROW_TEXT_SHOWN_BYTES       600u             /* of a description or a find in a list: two lines are seen */
#define DESCRIPTION_FOLDED_BYTES   600u             /* at the head of a chart's pages: longer ones are folded */
#define VALUE_COMMENT_SHOWN_BYTES  400u             /* in the table; the whole one is asked for by ?path */
#define VALUE_SET_SHOWN_BYTES      120u
#define FILES_PACKED_MAX           10000u           /* in packed subcharts; more cannot be opened */
#define FILES_SHOWN_MAX            3000u            /* names in a tree */
#define FILE_LINES_SHOWN_MAX       10000u
#define COMPARE_ROWS_SHOWN_MAX     300u             /* of a section */
#define COMPARE_LINES_SHOWN_MAX    1500u            /* of all files, in hunks */
#define COMPARE_SHOWN_MAX_BYTES    (1u * MIB)       /* of those lines */
#define COMPARE_CHOICES_MAX        1000u            /* versions to choose from */
#define USERS_SHOWN_MAX            200u             /* charts that depend on one */
#define RELEASES_SHOWN_MAX         100u
#define ENTRIES_SHOWN_MAX          2000u

/* APIs of other hubs, feeds, badges */
#define HUB_ANSWER_MAX_BYTES       (128u * MIB)     /* a list of charts, before it is compressed */
#define HUB_VERSIONS_MAX           5000u            /* of a chart, in one answer; the newest ones */
#define HUB_RELEASES_MAX           1000u            /* of those, that say what changed */
#define ICON_MAX_BYTES             (1u * MIB)       /* of one that a chart brings along */

#define ICONS_MAX_BYTES            (64u * MIB)      /* of those that came from elsewhere */
#define ICONS_MAX                  20000u           /* of them, and of addresses that have none */
#define ICONS_THREADS              2u
#define ICONS_WAITING_MAX          256u             /* to be asked for; further ones later */
#define ICONS_SECONDS              20u              /* for one to come */
#define ICONS_NONE_SECONDS         86400            /* until one that was none is asked for again */
#define FEED_ENTRIES_MAX           100u
#define FEED_ENTRY_MAX_BYTES       (64u * KIB)      /* of what changed in a version, as HTML */
#define FEED_MAX_BYTES             (64u * MIB)      /* escaped, that may be six times as much */
#define SITEMAP_URLS_MAX           50000u           /* of one file; sitemaps.org says so */
#define BADGE_TEXT_MAX_BYTES       80u              /* of each half */

/* Who may do what */
#define ROLES_MAX                  64u              /* lines of an account, a token or the proxy */
#define AUTH_NAME_MAX_BYTES        250u             /* of a user, as he sends it */
#define AUTH_GROUPS_MAX_BYTES      (8u * KIB)       /* the proxy's header */
#define AUTH_HASH_THREADS          2u               /* 32 MiB each */
#define AUTH_HASHES_WAITING_MAX    512u             /* different ones; more get 429 */
#define AUTH_HASHES_PER_ADDRESS_MAX 16u             /* of them from one address */
#define AUTH_REMEMBERED_MAX        4096u            /* verified passwords; a power of two */
#define AUTH_SLOWED_MAX            8192u            /* addresses and accounts; a power of two */
#define LOGIN_WINDOW_SECONDS       300u             /* in which so many logins may fail: */
#define LOGIN_FAILURES_MAX         10u              /* of one account from one address */
#define LOGIN_ADDRESS_FAILURES_MAX 100u             /* from one address */
#define AUTH_SETUP_HOURS           24u
#define SESSIONS_MAX               16384u           /* browsers that are signed in */
#define SESSIONS_PER_PERSON_MAX    50u
#define SESSION_HOURS              12u              /* after it was used last */
#define SESSION_DAYS_MAX           7u               /* after signing in, used or not */

/* Audit log */
#define AUDIT_OBJECT_MAX_BYTES     1024u            /* what a row is about; longer paths are cut */
#define AUDIT_QUEUE_MAX            1024u            /* rows of refused requests that wait */
#define AUDIT_STRANGERS_PER_SECOND 10u              /* rows of the anonymous; the queue is their burst */
#define AUDIT_LIMIT                100u             /* rows in one answer, unless it asks for more */
#define AUDIT_LIMIT_MAX            1000u

/* Differences and colours */
#define DIFF_TEXT_MAX_BYTES        (1u * MIB)       /* that differ, each side; more are not compared by line */
#define DIFF_LINES_MAX             50000u           /* that differ, each side: 0.2 s at worst */
#define DIFF_CONTEXT_LINES         3u               /* shown around what differs */
#define HIGHLIGHT_MAX_BYTES        (1u * MIB)       /* what follows is not shown */
#define HIGHLIGHT_LINES_MAX        50000u
#define HIGHLIGHT_HTML_MAX_BYTES   (8u * MIB)
#define HIGHLIGHT_LINE_MAX_BYTES   (4u * KIB)       /* longer ones have no colours */
#define COMPARE_DIFFED_MAX_BYTES   (4u * MIB)       /* that differ in files whose changed lines are counted */
#define PACKED_TWINS_MAX           100u             /* charts of one name in charts/, to find the one that is meant */
#define COMPARE_SCHEMA_PLACES_MAX  5000u            /* values that two schemas know, in an answer */

/* Waiting for events */
#define EVENTS_WAIT_MAX_SECONDS    30u
#define EVENTS_WAKE_MS             100u             /* at most so often while there are many */
#define EVENTS_WAKE_FEW_MS         10u              /* … and no more than EVENTS_FEW wait */
#define EVENTS_FEW                 16u
#define EVENTS_WAITERS_MAX         4096u            /* connections that sleep */
#define EVENTS_LIMIT               100u             /* in one answer, unless it asks for more */
#define EVENTS_LIMIT_MAX           1000u
#define EVENTS_LOOKED_AT_MAX       50000u           /* for a page of those that somebody filters */

/* Time */
#define CLOCK_JUMP_SECONDS         60u              /* that the wall clock is moved by, and more */
#define CLOCK_STEADY_SECONDS       3600u            /* after that before cool-downs end again */

/* Repositories */
#define REPO_SEGMENT_MAX_BYTES     63u
#define REPO_NAME_MAX_BYTES        (2u * REPO_SEGMENT_MAX_BYTES + 1u)
#define CHART_FILE_NAME_MAX_BYTES  240u             /* leaves room for ".prov" in 255 */
#define CACHED_CHART_MAX_BYTES     (320u * KIB)     /* larger files go out by sendfile, which is slower below it */
#define INDEX_LEAVES_MAX           512u
#define PUBLISH_QUEUE_MAX          1024u
#define VIEWS_MAX                  8u               /* indexes of the past in memory */
#define USED_BY_MAX                100u             /* charts named that depend on a version */
#define VERSIONS_PAGE_MAX          1000u            /* versions in one answer */
#define PULLS_MAX                  65536u           /* files whose downloads wait to be counted */
#define REASON_MAX_BYTES           (4u * KIB)       /* of a deletion or a yank */

#define EXPRESSION_MAX_BYTES       256u             /* a stranger's regular expression */
#define EXPRESSION_DEPTH_MAX       32u              /* of its brackets */
#define EXPRESSION_REPEAT_MAX      1000u            /* {1000} */
#define EXPRESSION_STEPS_MAX       500u             /* what it comes to */
#define PUBLISHER_FILE_MAX_BYTES   (64u * KIB)      /* artifacthub-repo.yml */
#define PUBLISHER_SECONDS          15u              /* to come */
#define PUBLISHER_IDS_MAX          16u              /* repositories that it speaks of */
#define PUBLISHER_OWNERS_MAX       100u
#define PUBLISHER_IGNORED_MAX      500u
#define PUBLISHER_TEXT_MAX_BYTES   256u             /* a name or address in it; longer ones are passed by */
#define PUBLISHER_STEPS_MAX        1000u            /* of all its expressions: each version is asked */

#define REPO_SETTING_WORDS_MAX     2000u            /* of one setting: patterns, pins, annotations */
#define VIRTUAL_MEMBERS_MAX        64u
#define VIRTUAL_DEPTH_MAX          64u              /* virtual ones below each other */

/* The catalog of charts */
#define CONTENTS_MAX_BYTES         (64u * MIB)      /* unpacked charts that are kept */
#define SEARCH_README_MAX_BYTES    (64u * KIB)      /* words of a README that are searched */
#define SEARCH_KEYS_MAX_BYTES      (64u * KIB)      /* values: paths and what they mean */
#define SEARCH_TEXT_MAX_BYTES      512u             /* of what a person typed */
#define SEARCH_TERMS_MAX           16u              /* words of it, phrases' and fields' included */
#define SEARCH_WORD_MAX_BYTES      64u              /* longer ones are cut */
#define SEARCH_CHART_WORDS_MAX     4000u            /* of a chart without its README and values */
#define SEARCH_WORDS_MAX_BYTES     (1u * MIB)       /* of them in one column, such as its images */
#define SEARCH_FACT_MAX_BYTES      512u             /* an image, a kind, a person; longer ones are none */
#define SEARCH_FACTS_MAX_BYTES     (16u * MIB)      /* the most that those of a chart, all escaped, come to */
#define SEARCH_FACET_VALUES        12u              /* listed of each facet, besides the chosen ones */
#define SEARCH_FACET_SHOWN         6u               /* of them on the page, before one unfolds the others */
#define SEARCH_VIEWS_MAX           8u               /* virtual repositories that one search names */
#define SEARCH_DEADLINE_MS         250u
#define SEARCH_MATCHES_MAX         100000u          /* charts that are ranked */
#define SEARCH_LITTLE              3u               /* names or keywords found; fewer look like a typo */
#define SNIPPET_WORDS              24u              /* of the piece of a README that a hit shows */
#define SNIPPET_BEFORE_WORDS       6u               /* of them before the first one that matches */
#define SUGGESTIONS_MAX            50u              /* of one answer */
#define KUBE_MINORS                64u              /* Kubernetes 1.0 … 1.63, a bit each */
#define KUBE_PATCHES               100u             /* of a minor; it has had fewer than 30 */
#define KUBE_NEWEST_MINOR          37u              /* 1.37, of August 2026; raise it with each release */
#define KUBE_OLDEST_MINOR          20u              /* of those that one can narrow a search by */
#define EDGES_MAX                  2000u            /* dependencies of a version, vendored ones included */
#define GRAPH_EDGES_MAX            10000u           /* dependencies in one graph */
#define GRAPH_STEPS_MAX            200000000u       /* versions × eighths of ranges that they are compared with: 1 s */
#define GRAPH_NODES_MAX            10000u           /* in one tree; of paths there may be 2^n */
#define GRAPH_DRAWN_MAX            120u             /* boxes of a drawing: beyond that nobody finds anything */
#define GRAPH_DEPTH_MAX            32u
#define GRAPH_NAMES_MAX            12u              /* named of one cycle or conflict */
#define GRAPH_FINDINGS_MAX         100u             /* cycles, and conflicts */
#define HUB_COPIES_MAX             20u              /* other repositories named that have a chart */
#define GRAPH_ELSEWHERE_MAX        3u               /* repositories named that have a missing chart */
#define GRAPH_HINTS_MAX            200u             /* missing charts that are looked for elsewhere */
#define GRAPH_SCAN_MAX             20000u           /* rows looked at for one page of users */
#define GRAPH_UNREAD_MAX           32u              /* archives read for one graph, where rows are not yet there */
#define HUB_ADDRESSES_MAX          129u             /* public_url; each listener with base_path and without */
#define HUB_FETCHES_MAX            8u               /* archives that come for who looks at them, at a time */
#define HUB_BEHIND_EVENTS          100u             /* of more that wait, a search tells that charts are missing */
#define HUB_DROP_SECONDS           10               /* before a search.db that is damaged again is made again */
#define HUB_LOOKS_MAX              1000u            /* charts to look at again; of more, all of them are */
#define HUB_RENDER_TURN_MS         1500u            /* of one repository, then comes the next: a hostile version takes
                                                       as long */
#define HUB_PULL_DAYS              30               /* of which downloads are counted */
#define HUB_PULLS_SECONDS          300              /* how old that count may be */
#define HUB_PURGE_WAIT_MS          30000u           /* for what a purge takes out */
#define HUB_WAIT_EVENTS            1000u            /* more will not be read in that time: no use to wait */
#define HUB_WAIT_MS                1000u            /* for a change that was just acknowledged */

/* Bundles */
#define BUNDLE_HEAD_MAX_BYTES      (64u * KIB)
#define BUNDLE_FILTER_MAX_BYTES    (32u * KIB)      /* the selection, in the head */
#define BUNDLE_SIGNATURES_MAX_BYTES (64u * KIB)
#define BUNDLE_MEMBERS_MAX         4000000u
#define BUNDLE_MANIFEST_LINE_MAX_BYTES 400u  /* a digest, and what a header has room for */
#define BUNDLE_MANIFEST_MAX_BYTES  ((size_t)BUNDLE_MEMBERS_MAX * BUNDLE_MANIFEST_LINE_MAX_BYTES)
#define BUNDLE_VERSION_LINE_MAX_BYTES (4u * MIB)    /* an index line and what is escaped in it */
#define BUNDLE_LOG_LINE_MAX_BYTES  (64u * MIB)      /* an event */
#define BUNDLE_REPOS_MAX           10000u           /* in one: its own, and those of dependencies */
#define BUNDLE_WAITING_DAYS        30               /* for the rest of what was begun, in incoming/ */
#define BUNDLE_NAME_MAX_BYTES      200u             /* of its file; parts and temporary ones have more */
#define BUNDLE_PARTS_MAX           999u             /* ".001" to ".999" */
#define BUNDLE_PARTS_LIST_MAX_BYTES (4u * MIB)
#define BUNDLE_PARTS_NAMED         8u               /* in one message */
#define BUNDLE_MISSING_NAMED       5u               /* files that should be there, in one message */
#define BUNDLE_STEP_BYTES          (1u * MIB)       /* read and written at a time */
#define BUNDLE_KEYS_MAX            1000u            /* of ours and trusted ones */
#define OLD_KEY_DAYS               90               /* that the key before is good for, where nothing is said */
#define BUNDLE_KEY_FILE_MAX_BYTES  (4u * KIB)
#define INVENTORY_MAX_BYTES        (256u * MIB)     /* 4,000,000 files */
#define BUNDLE_INVENTORY_MAX_BYTES (32u * MIB)      /* in a request for one: 500,000 files */
#define BUNDLE_ABOUT_MAX_BYTES     (1u * MIB)       /* what is told of one that is kept */
#define PASSING_LOOKED_MAX_BYTES   (UINT64_C(256) * MIB) /* of what arrives, by a purge: a MANIFEST is at its begin */
#define BUNDLES_ASKED_MAX          4u               /* requests for one, at a time; more get 503, … */
#define BUNDLES_MAKERS             2u               /* … and threads that make them */
#define BUNDLES_WAITED_BYTES       (64u * MIB)      /* up to there a request is answered when it is made */
#define BUNDLES_KEPT_MAX           32u              /* those of who has more than his share go first, … */
#define BUNDLES_KEPT_MAX_BYTES     (UINT64_C(256) * 1024 * MIB) /* … of all together, */
#define BUNDLES_SHARES             4u               /* as many callers have a share of that, … */
#define BUNDLES_SHARE_MAX          (BUNDLES_KEPT_MAX / BUNDLES_SHARES)
#define BUNDLES_SHARE_MAX_BYTES    (BUNDLES_KEPT_MAX_BYTES / BUNDLES_SHARES)
#define BUNDLES_IDLE_SECONDS       86400            /* … which others get after that long; a link may open once a day */
#define BUNDLES_KEPT_SECONDS       (7 * 86400)      /* … or after that long */
#define BUNDLES_FREE_SHARE         2u               /* one takes at most a half of what the disk has left */

/* Webhooks */
#define HOOKS_MAX                  100u
#define HOOK_URL_MAX_BYTES         (2u * KIB)
#define HOOK_KINDS_MAX             32u              /* patterns of one hook */
#define HOOK_HEADERS_MAX           2u               /* that somebody adds; the others are ours */
#define HOOK_HEADER_MAX_BYTES      (1u * KIB)
#define HOOK_SECRET_MIN_BYTES      8u
#define HOOK_BODY_MAX_BYTES        (4u * MIB)       /* an event's detail has at most 1 MiB */
#define HOOK_ANSWER_MAX_BYTES      (64u * KIB)      /* a longer answer counts as a failure */
#define HOOK_ANSWER_KEPT_BYTES     512u             /* of it, in the log of deliveries */
#define HOOK_SECONDS               15u              /* one try, all of it */
#define HOOK_SENDERS               8u               /* hooks that are sent to at a time, one thread each */
#define HOOK_RETRY_SECONDS         5u               /* after the first failure */
#define HOOK_RETRY_GROWS           3u               /* times that after each further one */
#define HOOK_RETRY_MAX_SECONDS     (12u * 3600u)
#define HOOK_DEAD_DAYS             5u               /* a delivery that did not come through by then is given up */
#define HOOK_CIRCUIT_FAILURES      5u               /* in a row; from then on nothing is sent for a while */
#define HOOK_REST_MAX_SECONDS      600u             /* that while, and then one delivery is tried */
#define HOOK_WAITING_MAX           1000u            /* deliveries of a hook; further events wait in the log */
#define HOOK_DELIVERIES_KEPT       500u             /* of each hook, that are done */
#define HOOK_DELIVERIES_LIMIT      50u              /* in one answer, unless it asks for more */
#define HOOK_DELIVERIES_LIMIT_MAX  500u
#define HOOK_ROTATION_HOURS        24u              /* both secrets sign, where nothing is said */
#define HOOK_KEEP_MAX_SECONDS      (90u * 86400u)   /* and at most */
#define HOOK_TESTS_PER_MINUTE      30u              /* of all hooks */

/* Other servers, and the server of a command */
#define FETCH_CONNECT_SECONDS      10u
#define FETCH_STALL_SECONDS        30u              /* without one byte */
#define FETCH_INDEX_MAX_BYTES      (256u * MIB)     /* commands; an upstream's: UPSTREAM_INDEX_MAX_BYTES */
#define FETCH_ANSWER_SECONDS       120u             /* index or chart, all of it */
#define FETCH_REDIRECTS_MAX        10u
#define OUTGOING_REDIRECTS_MAX     3u
#define OUTGOING_RESUMES_MAX       5u
#define OUTGOING_PER_HOST_MAX      4u
#define OUTGOING_SECONDS           600u             /* one request, all of it */
#define OUTGOING_CONNECT_SECONDS   5u
#define OUTGOING_STALL_SECONDS     30u              /* below OUTGOING_STALL_BYTES each second */
#define OUTGOING_STALL_BYTES       64u
#define OUTGOING_HEADERS_MAX_BYTES (64u * KIB)      /* of an answer */
#define OUTGOING_ASIDE_MAX_BYTES   (64u * KIB)      /* of one that is no file, where a file is wanted */
#define OUTGOING_URL_MAX_BYTES     (8u * KIB)
#define OUTGOING_RETRY_MAX_SECONDS 86400u           /* the longest that another server may send us away */
#define OUTGOING_IDLE_MAX          16u              /* connections kept for who asks the same place again */
#define OUTGOING_IDLE_SECONDS      300u             /* a connection's whole life */
#define CREDENTIALS_MAX_BYTES      (1u * MIB)       /* what login keeps, all servers */
#define PUSH_ANSWER_MAX_BYTES      (1u * MIB)
#define IMPORT_SENDERS             8u               /* files on their way to a running server at a time */
#define CONTROL_ANSWER_MAX_BYTES   (64u * MIB)
#define MAINTAIN_REPORT_MAX_BYTES  (16u * MIB)      /* of fsck and rebuild */
#define MAINTAIN_PROBLEMS_MAX      10000u           /* listed; all are counted */

/* Upstreams */
#define IMPORTED_UPSTREAMS_MAX     2000u            /* of one list */
#define REFRESH_WAIT_MAX_SECONDS   600u             /* that a caller waits for a refresh */
#define PATIENT_THREADS            16u              /* of callers at a time; others wait for these */
#define PATIENT_PER_UPSTREAM       4u               /* refreshes of one that are asked for, 1 while half of the
                                                       threads wait; others join a next one */
#define UPSTREAM_RUNS_MAX          200u             /* refreshes that are remembered */
#define UPSTREAM_SKIPPED_MAX       1000u            /* entries that could not be taken, listed */
#define UPSTREAM_INDEX_MAX_BYTES   (512u * MIB)
#define UPSTREAM_VERSIONS_MAX      2000000u         /* of one index */
#define UPSTREAM_CHART_VERSIONS_MAX 20000u          /* of one chart: the first ones of its index; known indexes
                                                       have 5,000 */
#define UPSTREAM_URLS_MAX          16u              /* of one version; further ones are not asked */
#define UPSTREAM_NAMES_MAX         64u              /* addresses by which others depend on one */
#define UPSTREAM_COLLECT_MAX_BYTES (32u * MIB)      /* of what an index brings, until all of it was read */
#define UPSTREAM_CLOSURE_PASSES_MAX 16              /* over what is needed by what is needed by … */
#define UPSTREAM_CHUNK_VERSIONS    256u             /* in one change, but for a chart that has more … */
#define UPSTREAM_CHUNK_VERSIONS_MAX 512u            /* … and then these: 0.05 s that others wait for */
#define UPSTREAM_THREADS           16u              /* refreshes at a time */
#define UPSTREAM_TESTS_MAX         3u               /* tests at a time, with threads of their own: fewer than
                                                       OUTGOING_PER_HOST_MAX, so that a refresh finds a place */
#define UPSTREAM_TEST_SECONDS      100u             /* one of them: less than a command waits (FETCH_ANSWER_SECONDS) */
#define UPSTREAM_FETCH_THREADS     32u              /* archives at a time, … */
#define UPSTREAM_FETCHES_MAX       4u               /* … of one upstream, and from one host; from one
                                                       host 1 while half of the threads fetch */
#define UPSTREAM_LOOKS_MAX         2u               /* the same for who looks at them: less than HUB_FETCHES_MAX;
                                                       1 while half of those fetch */
#define UPSTREAM_FAILURE_SECONDS   10u              /* a fetch that failed is not tried again before */
#define UPSTREAM_REJECTED_MAX      99u              /* of one file, that are put aside */
#define UPSTREAM_BACKOFF_MAX_MINUTES 360u
#define UPSTREAM_SIZES_ASKED_MAX   500u             /* archives of which a dry run asks the size */
#define UPSTREAM_SIZE_SECONDS      10u              /* one of these questions, … */
#define UPSTREAM_SIZES_SECONDS     60u              /* … and all of them */
#define UPSTREAM_FOLLOWERS_MAX     32u              /* threads that wait for another server's events */
#define FOLLOW_WAIT_SECONDS        20u              /* one question; less than EVENTS_WAIT_MAX_SECONDS */
#define FOLLOW_EVENTS              100u             /* in one answer */
#define FOLLOW_EVENTS_MAX_BYTES    (32u * MIB)      /* of it */
#define FOLLOW_EVENTS_PARTS_MAX    200000u          /* commas and brackets of it: a tree of 50 MB */
#define FOLLOW_CHARTS_MAX          16u              /* more at once: the whole index is read */
#define FOLLOW_VERIFY_SECONDS      2u               /* its log is looked at at most so often */
#define FOLLOW_RETRY_MAX_SECONDS   60u              /* one that is down is tried again */
#define FOLLOW_ROUND_MS            20u              /* from one question to the next, at least; doubled … */
#define FOLLOW_ROUND_MAX_MS        5000u            /* … up to this while the answers bring nothing */
#define FOLLOW_ANSWER_MAX_BYTES    (64u * KIB)      /* checkpoints, keys, proofs */

/* Registries (OCI) that are asked */
#define OCI_NAME_MAX_BYTES         255u
#define OCI_TAG_MAX_BYTES          128u             /* distribution's */
#define OCI_MANIFEST_MAX_BYTES     (4u * MIB)       /* Helm's */
#define OCI_CONFIG_MAX_BYTES       (1u * MIB)       /* a chart's metadata */
#define OCI_PARTS_MAX              100000u          /* commas and brackets of what is read as JSON */
#define OCI_TOKEN_ANSWER_MAX_BYTES (128u * KIB)     /* Helm's */
#define OCI_ERROR_MAX_BYTES        (64u * KIB)      /* an answer that says what went wrong */
#define OCI_TAGS_PAGE_MAX_BYTES    (4u * MIB)
#define OCI_TAGS_PAGES_MAX         1000u
#define OCI_VERSIONS_MAX           50000u           /* of one chart */
#define OCI_ANSWER_SECONDS         60u              /* everything but an archive */
#define OCI_TAGS_SECONDS           600u             /* all pages of them */
#define OCI_WAIT_SECONDS           60u              /* for a registry that wants to be left alone, in one reading */

/* Files that are named to commands */
#define CONFIG_MAX_BYTES           (1u * MIB)
#define CONFIG_VALUE_MAX_BYTES     (64u * KIB)
#define INDEX_FILE_MAX_BYTES       (1024u * MIB)    /* read or written by chartlocker index */
#define DIRECTORY_DEPTH_MAX        32u              /* of a directory to import or push, or of manifests */

/* What is in a chart: kinds, images, annotations, changelog. What is more is left out, and told */
#define KINDS_DOCUMENT_MAX_BYTES   (512u * KIB)     /* a CRD: without its schemas */
#define KINDS_WORDS_MAX            256u             /* lines with kind or apiVersion, per document */
#define KINDS_PAIRS_MAX            64u              /* of them; compared with each other */
#define KINDS_MAX                  10000u
#define RBAC_RULES_MAX             5000u
#define RBAC_BINDINGS_MAX          1000u
#define CRDS_MAX                   2000u
#define CRD_VERSIONS_MAX           100u
#define IMAGES_PUSHED_MAX_BYTES    (256u * KIB)     /* of a list of references; of what is rendered: */
#define IMAGES_RENDERED_MAX_BYTES  (8u * MIB)
#define CHART_IMAGES_MAX           2000u
#define IMAGES_MANY_MAX            200000u          /* of a bundle's list, of what many charts render to */
#define IMAGES_FOUND_MAX           20000u           /* places; an image may be found at many */
#define IMAGE_MAX_BYTES            512u
#define IMAGE_TAG_MAX_BYTES        128u             /* distribution's */
#define IMAGE_PATH_MAX_BYTES       (1u * KIB)       /* of a value; what is deeper is not looked at */
#define CHANGELOG_RELEASES_MAX     2000u
#define CHANGELOG_ENTRIES_MAX      20000u           /* of all releases */
#define CHANGELOG_ENTRY_MAX_BYTES  (2u * KIB)
#define CHANGELOG_HEADING_MAX_BYTES 300u            /* longer ones begin no release */
#define CHANGELOG_DATE_MAX_BYTES   40u
#define CHANGELOG_LINKS_MAX        50u              /* of one entry */
#define ANNOTATION_WARNINGS_MAX    100u
#define ANNOTATION_WARNING_MAX_BYTES 200u
#define PEOPLE_SAID_MAX            100u             /* by annotation, that are searched and counted */
#define CRDS_SAID_MAX              200u             /* by annotation; each is compared with CRDS_MAX */
#define CRD_EXAMPLES_MAX_BYTES     (16u * KIB)      /* of a chart's page; what follows is counted */
#define LICENSE_READ_MAX_BYTES     (16u * KIB)      /* the first of LICENSE tell which it is */
#define CATEGORY_WORD_MAX_BYTES    64u              /* of a keyword; longer ones say nothing */

/* Images in what is rendered */
#define IMAGES_STEPS_MAX           4000000u         /* keys, elements, 1/16 of texts, 1/4 more of YAML in them */
#define IMAGES_TEXTS_MAX           2u               /* YAML in texts in YAML */
#define IMAGES_EXPORT_MAX_BYTES    (64u * MIB)

/* Readiness for a closed network */
#define READINESS_NEEDS_MAX        5000u            /* of a chart, its images included */
#define READINESS_STEPS_MAX        4000000u         /* keys, elements and sixteenths of commands and scripts */
#define READINESS_TEXT_MAX_BYTES   400u             /* of a command, an address, a place */
#define READINESS_SCRIPT_MAX_BYTES (1u * MIB)       /* what follows is not looked at */
#define RELEASE_MAX_BYTES          (1u * MIB)       /* Kubernetes' of a Secret, where Helm keeps releases */
#define RELEASE_TOLD_MAX_BYTES     (4 * RELEASE_MAX_BYTES)
#define RELEASE_NEAR_BYTES         (RELEASE_MAX_BYTES / 10 * 9)
#define FLUX_CHART_MAX_BYTES       (10u * MIB)      /* --helm-chart-max-size */
#define READINESS_HOSTS_MAX        200u             /* that somebody says are inside */

/* Rendering charts */
#define RENDER_KUBE_VERSION        "v1.37.0"        /* as helm template of 4.3.1 supposes */
#define RENDER_HELM_VERSION        "4.3.1"
#define RENDER_GO_VERSION          "go1.26.8"
#define RENDER_FILES_MAX           5000u            /* templates and CRDs of a chart and its subcharts */
#define RENDER_FILE_MAX_BYTES      (8u * MIB)       /* that one template writes */
#define RENDER_ALL_MAX_BYTES       (16u * MIB)      /* that all of them write */
#define RENDER_MEMORY_MAX_BYTES    (128u * MIB)     /* while that is done; known ones take up to 30 MB */
#define TMPL_GLOB_MAX_BYTES        512u             /* a pattern of .Files.Glob; longer ones match everything */

/* Templates */
#define TMPL_FUEL                  5000000u         /* steps of one chart; known ones take up to 121,000 */
#define TMPL_DEPTH_MAX             1000u            /* templates, blocks and parentheses within each other, while
                                                       they are executed: 2 MiB of stack, sanitized … */
#define TMPL_NESTING_MAX           100u             /* … and while one text is read */
#define TMPL_VARIABLES_MAX         500u             /* that are declared at one place */
#define TMPL_NUMBER_MAX_BYTES      512u             /* as YAML_NUMBER_MAX_BYTES */
#define TMPL_MESSAGE_MAX_BYTES     200u             /* of a text that is quoted in a failure */
#define TMPL_MAP_MAX               20000u           /* entries that a template adds to a map */
#define TMPL_VALUE_DEPTH_MAX       200u             /* of values that are printed, written or compared */
#define TMPL_TEXT_MAX_BYTES        (16u * MIB)      /* that one function makes */
#define TMPL_REGEX_MAX_BYTES       (16u * KIB)
#define TMPL_REGEX_STEPS_MAX       5000000u         /* PCRE2's match limit; what it does is taken of TMPL_FUEL too */
#define TMPL_REGEX_REPEAT_MAX      1000u            /* a{1000}; RE2's */
#define TMPL_REGEX_NESTING_MAX     200u             /* parentheses within each other */
#define TMPL_REGEX_DEPTH_MAX       1000000u         /* its depth limit; the heap is less */
#define TMPL_REGEX_HEAP_KIB        (16u * KIB)      /* its heap limit */
#define TMPL_LIST_MAX              200000u          /* items of a list that a function makes */
#define TMPL_NUMERAL_MAX_BYTES     400u             /* of a text that is read as a number; longer ones are 0 */
#define TMPL_RANDOM_MAX_BYTES      (64u * KIB)      /* of randAlphaNum and the like */
