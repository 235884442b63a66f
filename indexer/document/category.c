/* Categories of charts whose authors do not say one. Words of the name count twice, those of keywords
 * once, and the category with most of them wins; the first of the table where several do.    */
#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/base/value.h"
#include "indexer/document/annotations.h"

static const char *const slugs[] = {
#define X(name, slug, title) slug,
	CATEGORIES(X)
#undef X
};

static const char *const titles[] = {
#define X(name, slug, title) title,
	CATEGORIES(X)
#undef X
};

static const struct { enum category category; const char *words; } rules[] = {
	{ CATEGORY_DATABASE,
	  "database db sql nosql mysql mariadb percona galera vitess tidb postgresql postgres pgsql "
	  "pgbouncer pgadmin phpmyadmin timescaledb cockroachdb yugabyte crunchy mongodb mongo redis valkey "
	  "keydb dragonfly memcached cassandra scylla couchdb couchbase neo4j arangodb dgraph graphdb "
	  "clickhouse influxdb elasticsearch opensearch solr meilisearch typesense etcd rethinkdb keyvalue "
	  "oracle mssql sqlserver dbms rdbms" },
	{ CATEGORY_MONITORING,
	  "monitoring metrics metric prometheus alertmanager alerting grafana thanos mimir cortex "
	  "victoriametrics loki promtail tempo tracing jaeger zipkin opentelemetry otel apm observability "
	  "exporter elastic elk logging logs log logmanagement fluentd fluentbit logstash filebeat kibana graylog "
	  "vector telegraf datadog newrelic zabbix netdata nagios statsd uptime dashboard kiali" },
	{ CATEGORY_NETWORKING,
	  "network networking ingress nginx traefik haproxy envoy contour kong gateway apisix istio linkerd "
	  "servicemesh mesh proxy loadbalancer metallb dns coredns externaldns cni calico cilium flannel "
	  "multus sriov consul vpn wireguard tailscale squid http2 cloudflared ngrok externalip" },
	{ CATEGORY_SECURITY,
	  "security tls ssl certificate certificates certificateauthority acme letsencrypt pki vault secret "
	  "secrets oauth oauth2 oidc openid sso saml ldap kerberos authentication authorization identity idm "
	  "iam keycloak dex authelia authentik policy opa gatekeeper kyverno falco trivy scanner cve "
	  "compliance cis firewall antivirus clamav neuvector gmsa" },
	{ CATEGORY_STORAGE,
	  "storage csi minio s3 objectstorage ceph rook longhorn openebs nfs iscsi volume volumes backup "
	  "velero restic restore snapshot block filesystem nextcloud owncloud seaweedfs gluster pvc" },
	{ CATEGORY_STREAMING,
	  "streaming messaging kafka zookeeper rabbitmq amqp nats activemq pulsar mqtt mosquitto emqx redpanda "
	  "strimzi queue broker event events eventing flink spark stream pubsub" },
	{ CATEGORY_DELIVERY,
	  "ci cd cicd jenkins gitlab gitea git github tekton argo argocd argoworkflows flux fluxcd gitops "
	  "drone concourse spinnaker buildkite runner runners pipeline workflow workflows airflow delivery "
	  "deployment deploy integration artifactory nexus harbor registry chartmuseum sonarqube helm "
	  "devops developertools epinio fleet" },
	{ CATEGORY_AI,
	  "ai ml llm gpt machinelearning deeplearning mlops kubeflow mlflow jupyter jupyterhub tensorflow "
	  "pytorch ollama vllm kserve seldon ray gpu nvidia inference model models milvus qdrant weaviate" },
};

const char *category_slug(enum category c) { return slugs[c]; }
const char *category_title(enum category c) { return titles[c]; }

bool category_of_slug(struct str slug, enum category *ret)
{
	for (size_t i = 1; i < CATEGORY_COUNT; i++)
		if (str_eq_c(slug, slugs[i])) {
			*ret = (enum category)i;
			return true;
		}
	return false;
}

static void count_word(struct str word, unsigned weight, unsigned counts[CATEGORY_COUNT])
{
	for (size_t i = 0; word.n && i < sizeof rules / sizeof *rules; i++)
		if (value_is_word(word, str_c(rules[i].words)))
			counts[rules[i].category] += weight;
}

/* The words of a name or keyword, and, when it has several, all of them as one. */
static void count_words(struct str text, unsigned weight, unsigned counts[CATEGORY_COUNT])
{
	char all[CATEGORY_WORD_MAX_BYTES];
	size_t n = 0, begin = 0;
	if (text.n > sizeof all)
		return;
	for (size_t i = 0; i < text.n; i++) {
		char c = ascii_lower(text.p[i]);
		if (ascii_is_lower_or_digit(c)) {
			all[n++] = c;
			continue;
		}
		count_word(str_make(all + begin, n - begin), weight, counts);
		begin = n;
	}
	count_word(str_make(all + begin, n - begin), weight, counts);
	if (begin)
		count_word(str_make(all, n), weight, counts);
}

enum category chart_category(const struct chart_meta *m, const struct chart_annotations *n)
{
	unsigned counts[CATEGORY_COUNT] = { 0 };
	enum category best = CATEGORY_NONE;
	if (n->category_is_given)
		return n->category;
	count_words(m->name, 2, counts);
	for (size_t i = 0; i < m->keyword_count; i++)
		count_words(m->keywords[i], 1, counts);
	count_words(annotation_get(m, "category"), 1, counts);       /* Bitnami's */
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (counts[rules[i].category] > counts[best])
			best = rules[i].category;
	return best;
}
