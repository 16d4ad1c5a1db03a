const dataStores: readonly [RegExp, string][] = [
  [/^(postgres|pgsql|edb-as)/, "PostgreSQL"],
  [/^(mysql|mariadb|percona)/, "MySQL"],
  [/^mongo/, "MongoDB"],
  [/^(redis|valkey|keydb|memcached)/, "a store in memory"],
  [/^(elasticsearch|opensearch|solr|searchd|meilisearch)/, "a search index"],
  [/^(rabbitmq|kafka|nats|activemq|artemis|pulsar)/, "a queue"],
  [/^(etcd|consul|zookeeper|vault)/, "a store whose members vote"],
  [/^(cassandra|scylla|clickhouse|influx|couchdb|neo4j|minio|ceph|gluster)/, "a database or storage"],
];

/** What a unit of that name keeps, so that it is not restarted like any other; `null` when nothing is known of it. */
export function dataStoreOf(unit: string): string | null {
  return dataStores.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1] ?? null;
}
