using Confluent.Kafka.Admin;
using KafkaFlow.Kafka;
using KafkaFlow.Testing;
using KafkaFlow.Wire;

namespace KafkaFlow.Doctor.Tests;

/// <summary>Each check of the cluster, seen well and seen ill.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
public sealed class ClusterTests(KafkaCluster kafka) : IDisposable
{
    private readonly Patient _patient = new();

    public void Dispose() => _patient.Dispose();

    [Fact]
    public async Task Without_an_address_nothing_of_the_cluster_is_asked()
    {
        var report = await Examination.RunAsync(_patient.Options);
        string[] asked =
        [
            "broker", "transactions", "topics", "durability", "clock", "engine", "registry", "registry_topic", "postgres",
            "postgres_version", "postgres_tables", "postgres_privileges",
        ];
        Assert.Equal(asked, report.Checks.Where(c => c.Status == CheckStatus.Skipped).Select(c => c.Name));
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_told_once()
    {
        _patient.UseKafka("127.0.0.1:1");
        _patient.Options = _patient.Options with { Timeout = TimeSpan.FromSeconds(3) };
        await _patient.SeesAsync("broker", CheckStatus.Fail, "no answer from 127.0.0.1:1", "--bootstrap");
        foreach (var name in new[] { "transactions", "topics", "durability", "clock", "engine" })
            await _patient.SeesAsync(name, CheckStatus.Skipped, "the broker does not answer");
        await using var frozen = await Brokers.StartAsync();
        frozen.Faults.Freeze();
        _patient.UseKafka(frozen.Bootstrap);
        await _patient.SeesAsync("broker", CheckStatus.Fail, $"no answer from {frozen.Bootstrap}", "--bootstrap");
    }

    [Fact]
    public async Task A_broker_that_answers_is_well()
    {
        _patient.UseKafka(await kafka.BootstrapAsync());
        _patient.Options = _patient.Options with { Topics = new(KafkaCluster.NewPrefix()) };
        await _patient.SeesAsync("broker", CheckStatus.Ok, _patient.Options.Kafka!.Bootstrap);
        await _patient.SeesAsync("transactions", CheckStatus.Ok, "transactional producers are served");
    }

    [Fact]
    public async Task A_broker_without_transactions_is_told()
    {
        await using var broker = await Brokers.StartAsync();
        broker.Faults.FailNext(ApiKey.InitProducerId, 10_000);
        _patient.UseKafka(broker.Bootstrap);
        _patient.Options = _patient.Options with { Timeout = TimeSpan.FromSeconds(4) };
        await _patient.SeesAsync("transactions", CheckStatus.Fail, "no transactional producer for kafkaflow-doctor", "0.11");
    }

    [Fact]
    public async Task Topics_must_be_there_as_defined()
    {
        var prefix = KafkaCluster.NewPrefix();
        _patient.UseKafka(await kafka.BootstrapAsync());
        _patient.Options = _patient.Options with { Topics = new(prefix) };
        await _patient.SeesAsync("topics", CheckStatus.Fail, $"missing: {prefix}.commands", "kafkaflow topics apply --bootstrap");
        using var topics = new TopicAdmin(_patient.Options.Kafka!);
        await topics.ApplyAsync(prefix);
        await _patient.SeesAsync("topics", CheckStatus.Ok, "all as defined");
        await AlterAsync($"{prefix}.events", "cleanup.policy", "delete");
        var wrong = await _patient.SeesAsync(
            "topics", CheckStatus.Fail, $"{prefix}.events: cleanup.policy is delete, expected compact",
            $"--alter --topic {prefix}.events --add-config cleanup.policy=compact");
        // What the fix asks for, done.
        var (config, value) = wrong.Fix!.Split("--add-config ")[1].Split(' ')[0].Split('=') is [var c, var v] ? (c, v) : default;
        await AlterAsync($"{prefix}.events", config!, value!);
        await _patient.SeesAsync("topics", CheckStatus.Ok, "all as defined");
    }

    [Fact]
    public async Task Settings_that_can_lose_records_are_a_warning()
    {
        await using var broker = await Brokers.StartAsync();
        _patient.UseKafka(broker.Bootstrap);
        using var topics = new TopicAdmin(_patient.Options.Kafka!);
        await topics.ApplyAsync("kafkaflow");
        var risk = await _patient.SeesAsync("durability", CheckStatus.Warn, "has one replica", "default.replication.factor=3");
        Assert.Contains("more", risk.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2", "false", "")]
    [InlineData("1", "false", "min.insync.replicas is 1")]
    [InlineData("2", "true", "unclean.leader.election.enable is true")]
    public void Replicated_topics_that_wait_for_two_are_well(string replicas, string unclean, string risk)
    {
        var risks = Cluster.DurabilityCheck.Risks(new Dictionary<string, string>
        {
            ["min.insync.replicas"] = replicas, ["unclean.leader.election.enable"] = unclean,
        }).ToArray();
        Assert.Equal(risk, string.Join(' ', risks));
        Assert.Equal(risks.Length == 0 ? CheckStatus.Ok : CheckStatus.Warn, Cluster.DurabilityCheck.Judge(9, risks).Status);
    }

    [Fact]
    public async Task Clocks_that_differ_are_a_warning_and_nothing_is_left_behind()
    {
        _patient.UseKafka(await kafka.BootstrapAsync());
        _patient.Options = _patient.Options with { Topics = new(KafkaCluster.NewPrefix()) };
        await _patient.SeesAsync("clock", CheckStatus.Ok, "the broker's");
        foreach (var (off, way) in new[] { (5, "ahead of"), (-5, "behind") })
        {
            _patient.Surroundings = new() { Clock = new ShiftedClock(TimeSpan.FromSeconds(off)) };
            await _patient.SeesAsync("clock", CheckStatus.Warn, $"ms {way} the broker's", "timedatectl set-ntp true");
        }
        using var admin = KafkaClients.Admin(_patient.Options.Kafka!);
        var deadline = DateTime.UtcNow.AddSeconds(10);
        while (Left() && DateTime.UtcNow < deadline) await Task.Delay(50);
        Assert.False(Left());

        bool Left() => admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics
            .Exists(t => t.Topic.StartsWith($"{_patient.Options.Topics.Prefix}.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_engine_must_answer()
    {
        var prefix = KafkaCluster.NewPrefix();
        _patient.UseKafka(await kafka.BootstrapAsync());
        _patient.Options = _patient.Options with { Topics = new(prefix) };
        await _patient.SeesAsync("engine", CheckStatus.Warn, "no engine answers", "kafkaflow engine run");
        using var topics = new TopicAdmin(_patient.Options.Kafka!);
        await topics.ApplyAsync(prefix);
        var config = KafkaClients.ConsumerConfig(_patient.Options.Kafka!, "engine", _patient.Options.Topics.EngineGroup);
        using var member = KafkaClients.Consumer(config);
        member.Subscribe(_patient.Options.Topics.Commands);
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (member.Assignment.Count == 0 && DateTime.UtcNow < deadline) member.Consume(TimeSpan.FromMilliseconds(100));
        await _patient.SeesAsync("engine", CheckStatus.Ok, $"{prefix}-engine: 1 Stable");
        member.Close();
    }

    private async Task AlterAsync(string topic, string config, string value)
    {
        using var admin = KafkaClients.Admin(_patient.Options.Kafka!);
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic };
        // The old request replaces all configs of the topic: the others are sent along.
        var found = await admin.DescribeConfigsAsync([resource]);
        var entries = found[0].Entries.Values.Where(e => e.Source == ConfigSource.DynamicTopicConfig && e.Name != config)
            .Select(e => new ConfigEntry { Name = e.Name, Value = e.Value })
            .Append(new ConfigEntry { Name = config, Value = value }).ToList();
        await admin.AlterConfigsAsync(new() { [resource] = entries });
    }

    private sealed class ShiftedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
