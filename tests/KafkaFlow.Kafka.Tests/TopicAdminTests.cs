using Confluent.Kafka.Admin;
using KafkaFlow.Testing;

namespace KafkaFlow.Kafka.Tests;

[Trait("tier", "fast")]
[Trait("needs", "kafka")]
public sealed class TopicAdminTests(KafkaCluster kafka)
{
    [Fact]
    public async Task Apply_creates_what_is_missing_and_changes_nothing_else()
    {
        var settings = new KafkaSettings { Bootstrap = await kafka.BootstrapAsync() };
        var prefix = KafkaCluster.NewPrefix();
        using var topics = new TopicAdmin(settings);

        Assert.All(await topics.CheckAsync(prefix), t => Assert.Equal(TopicStatus.Missing, t.Status));
        var missing = await Assert.ThrowsAsync<TopicRefusedException>(() => topics.RequireAsync(prefix));
        Assert.Contains($"topic {prefix}.events is missing", missing.Message, StringComparison.Ordinal);

        var created = await topics.ApplyAsync(prefix);
        Assert.All(created, t => Assert.Equal(new(t.Topic, TopicStatus.Created, []), t with { Differences = [] }));
        Assert.All(created, t => Assert.Empty(t.Differences));
        Assert.Equal(8, created.Count);
        Assert.All(await topics.ApplyAsync(prefix), t => Assert.Equal(TopicStatus.Ok, t.Status));
        Assert.Empty(await topics.DiffAsync(prefix));
        Assert.Equal(4, topics.PartitionsOf($"{prefix}.events"));
        await topics.RequireAsync(prefix);
    }

    [Fact]
    public async Task A_topic_that_could_lose_data_is_refused_by_name_and_config()
    {
        var settings = new KafkaSettings { Bootstrap = await kafka.BootstrapAsync() };
        var prefix = KafkaCluster.NewPrefix();
        using (var admin = KafkaClients.Admin(settings))
        {
            await admin.CreateTopicsAsync(
            [
                new TopicSpecification { Name = $"{prefix}.commands", NumPartitions = 2, ReplicationFactor = 1 },
                new TopicSpecification { Name = $"{prefix}.events", NumPartitions = 4, ReplicationFactor = 1 },
            ]);
        }
        using var topics = new TopicAdmin(settings);
        var applied = (await topics.ApplyAsync(prefix)).ToDictionary(t => t.Topic);
        Assert.Equal(TopicStatus.Created, applied[$"{prefix}.state-changelog"].Status);
        Assert.Equal(2, topics.PartitionsOf($"{prefix}.state-changelog"));

        var events = applied[$"{prefix}.events"];
        Assert.Equal(TopicStatus.Differs, events.Status);
        Assert.True(events.IsRefused);
        Assert.Contains(new("partitions", "2", "4", "refused"), events.Differences);
        Assert.Contains(new("cleanup.policy", "compact", "delete", "refused"), events.Differences);
        var refused = await Assert.ThrowsAsync<TopicRefusedException>(() => topics.RequireAsync(prefix));
        Assert.Contains($"topic {prefix}.commands: retention.ms is 604800000, expected -1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("max.message.bytes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_topic_is_created_once_and_checked_with_the_others()
    {
        var settings = new KafkaSettings { Bootstrap = await kafka.BootstrapAsync() };
        var prefix = KafkaCluster.NewPrefix();
        using var topics = new TopicAdmin(settings);
        Assert.Equal(TopicStatus.Created, (await topics.EnsureTasksTopicAsync(prefix, "python-3")).Status);
        using var others = new TopicAdmin(settings);
        Assert.Equal(TopicStatus.Ok, (await others.EnsureTasksTopicAsync(prefix, "python-3")).Status);
        Assert.Contains(await others.CheckAsync(prefix), t => t.Topic == $"{prefix}.tasks.python-3" && t.Status == TopicStatus.Ok);
        foreach (var bad in new[] { "", "Python", "a.b", new string('a', 61), "py\n" })
            await Assert.ThrowsAsync<ArgumentException>(() => topics.EnsureTasksTopicAsync(prefix, bad));
    }
}
