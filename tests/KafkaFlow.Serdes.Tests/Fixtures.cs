using KafkaFlow.Testing;

[assembly: AssemblyFixture(typeof(KafkaCluster))]
[assembly: AssemblyFixture(typeof(RegistryServer))]
