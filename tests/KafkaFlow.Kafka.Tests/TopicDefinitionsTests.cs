namespace KafkaFlow.Kafka.Tests;

[Trait("tier", "fast")]
public sealed class TopicDefinitionsTests
{
    [Theory]
    [InlineData("commands", 4, "cleanup.policy=delete retention.ms=-1 message.timestamp.type=LogAppendTime max.message.bytes=1048588")]
    [InlineData("events", null, "cleanup.policy=compact message.timestamp.type=CreateTime message.timestamp.after.max.ms=9223372036854775807 min.compaction.lag.ms=86400000 segment.ms=3600000 max.message.bytes=1048588")]
    [InlineData("tasks.python", 4, "cleanup.policy=delete message.timestamp.type=LogAppendTime retention.ms=604800000")]
    [InlineData("task-control", 1, "cleanup.policy=delete retention.ms=3600000 message.timestamp.type=LogAppendTime")]
    [InlineData("playbooks", 1, "cleanup.policy=compact")]
    [InlineData("schemas", 1, "cleanup.policy=compact")]
    [InlineData("blobs", 4, "cleanup.policy=compact")]
    [InlineData("state-changelog", null, "cleanup.policy=compact min.cleanable.dirty.ratio=0.2 delete.retention.ms=259200000")]
    [InlineData("dlq", 1, "cleanup.policy=delete retention.ms=2592000000 message.timestamp.type=LogAppendTime max.message.bytes=2097152")]
    public void The_files_say_what_the_conventions_say(string name, int? partitions, string configs)
    {
        var definition = TopicDefinitions.Of(name);
        Assert.Equal(partitions, definition.Partitions);
        foreach (var config in configs.Split(' '))
            Assert.Equal(config.Split('=')[1], definition.Configs.GetValueOrDefault(config.Split('=')[0]));
    }

    [Fact]
    public void Commands_come_first_and_nothing_else_is_defined()
    {
        string[] names =
        [
            "commands", "blobs", "dlq", "events", "playbooks", "schemas", "state-changelog", "task-control", "tasks.<type>",
        ];
        Assert.Equal(names, TopicDefinitions.Load().Select(d => d.Name));
    }

    [Theory]
    [InlineData("name: a\nkey: k\npartitions: 0\nconfigs: {}", "partitions: expected a positive number")]
    [InlineData("name: a\nkey: k\npartitions: 1", "configs: expected a mapping")]
    [InlineData("name: a\npartitions: 1\nconfigs: {}", "key: missing")]
    [InlineData("name: a\nkey: k\npartitions: 1\nconfigs: {}\nretention: 1", "f.yaml:5:12: retention: unknown")]
    [InlineData("name: a\nname: b", "f.yaml:2:1")]
    [InlineData("[]", "expected one mapping")]
    public void A_bad_file_is_refused_with_place_and_key(string text, string expected)
    {
        var refused = Assert.Throws<FormatException>(() => TopicDefinitions.Parse("f.yaml", text));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_can_lose_data_is_refused()
    {
        var commands = TopicDefinitions.Of("commands");
        var actual = commands.Configs.ToDictionary();
        actual["retention.ms"] = "604800000";
        actual["message.timestamp.type"] = "CreateTime";
        actual["max.message.bytes"] = "2097152";
        var found = TopicComparison.Differences(commands, 4, 8, actual);
        Assert.Equal(
            [
                new("partitions", "4", "8", "refused"),
                new("retention.ms", "-1", "604800000", "refused"),
                new("message.timestamp.type", "LogAppendTime", "CreateTime", "refused"),
                new("max.message.bytes", "1048588", "2097152", "warning"),
            ],
            found);

        var dlq = TopicDefinitions.Of("dlq");
        var longer = dlq.Configs.ToDictionary();
        longer["retention.ms"] = "-1";
        Assert.Equal("warning", Assert.Single(TopicComparison.Differences(dlq, 1, 1, longer)).Severity);
        Assert.Equal("warning", Assert.Single(TopicComparison.Differences(dlq, 1, 3, dlq.Configs)).Severity);
    }
}
