namespace KafkaFlow.Streams.Tests;

public sealed class TopologyTests
{
    private static Topology Example(params SinkNode[] sinks) => new()
    {
        Source = new("commands", "p.commands"),
        Processor = new("engine"),
        Store = new("state", "p.state-changelog"),
        Facts = new("events", "p.events"),
        Sinks = sinks,
    };

    [Fact]
    public void It_is_described_as_Kafka_Streams_describes_one()
    {
        Assert.Equal(
            """
            Topologies:
               Sub-topology: 0
                Source: commands (topics: [p.commands])
                  --> engine
                Processor: engine (stores: [state])
                  --> events, tasks
                  <-- commands
                Sink: events (topic: p.events)
                  <-- engine
                Sink: tasks (topic: p.tasks.*)
                  <-- engine

            """.ReplaceLineEndings("\n"),
            Example(new SinkNode("tasks", "p.tasks.*")).Describe());
    }

    [Fact]
    public void Only_its_sinks_and_its_own_source_may_be_written()
    {
        var topology = Example(new("tasks", "p.tasks.*"), new("dlq", "p.dlq"));
        Assert.All(["p.tasks.http", "p.dlq", "p.commands"], topic => Assert.True(topology.IsWritable(topic)));
        string[] others = ["p.events", "p.state-changelog", "p.dlq2", "p.task"];
        Assert.All(others, topic => Assert.False(topology.IsWritable(topic)));
    }

    [Fact]
    public void Names_given_twice_and_sinks_on_the_facts_are_refused()
    {
        var twice = Assert.Throws<StreamsException>(Example(new SinkNode("engine", "x")).Validate);
        Assert.Contains("'engine'", twice.Message, StringComparison.Ordinal);
        var foreign = Assert.Throws<StreamsException>(Example(new SinkNode("more", "p.events")).Validate);
        Assert.Contains("p.events", foreign.Message, StringComparison.Ordinal);
        Example(new SinkNode("tasks", "p.tasks.*")).Validate();
    }

    [Fact]
    public void All_wrong_settings_are_named_at_once()
    {
        var options = new StreamsOptions
        {
            Kafka = new() { Bootstrap = "h:1" },
            Group = "",
            StateDirectory = "d",
            MaxInFlight = 0,
            Ordinal = "a b",
        };
        var message = Assert.Throws<StreamsException>(options.Validate).Message;
        string[] expected = ["Group is empty", "MaxInFlight is 0", "Ordinal is 'a b'"];
        Assert.All(expected, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
