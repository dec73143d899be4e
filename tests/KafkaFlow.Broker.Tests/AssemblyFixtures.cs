using KafkaFlow.Testing;

[assembly: AssemblyFixture(typeof(KafkaCluster))]
