using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Kafka;

/// <summary>
/// Holds the topics of one prefix against their definitions and creates what is missing. Existing topics are never
/// changed: whoever runs the cluster decides about those. Thread-safe; owns an admin client.
/// </summary>
public sealed partial class TopicAdmin : IDisposable
{
    private const int ReplicationOfBroker = -1;
    private static readonly TimeSpan AppearPause = TimeSpan.FromMilliseconds(20);
    private readonly IAdminClient _admin;
    private readonly string _bootstrap;
    private readonly TimeSpan _timeout;
    private readonly ConcurrentDictionary<string, TopicStatus> _taskTopics = new();

    /// <param name="timeout">For each request to the cluster; 30 s if not given.</param>
    public TopicAdmin(KafkaSettings settings, ILogger? logger = null, TimeSpan? timeout = null)
    {
        _admin = KafkaClients.Admin(settings, "kf-topics", logger);
        _bootstrap = settings.Bootstrap;
        _timeout = timeout ?? TimeSpan.FromSeconds(30);
    }

    /// <summary>All topics of <paramref name="prefix"/>: the defined ones and the task topics that exist.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public async Task<IReadOnlyList<TopicStatus>> CheckAsync(string prefix)
    {
        var counts = Counts();
        var wanted = Wanted(prefix, counts);
        var configs = await ConfigsAsync([.. wanted.Select(d => d.FullName(prefix)).Where(counts.ContainsKey)]);
        var commands = CommandPartitions(prefix, counts);
        return [.. wanted.Select(d => Compare(d, d.FullName(prefix), commands, counts, configs))];
    }

    /// <summary>What <see cref="CheckAsync"/> finds other than defined.</summary>
    public async Task<IReadOnlyList<TopicStatus>> DiffAsync(string prefix) =>
        [.. (await CheckAsync(prefix)).Where(t => t.Status != TopicStatus.Ok)];

    /// <summary>Creates the topics that are missing, <c>commands</c> first, and checks all.</summary>
    public async Task<IReadOnlyList<TopicStatus>> ApplyAsync(string prefix)
    {
        var found = await CheckAsync(prefix);
        var commands = CommandPartitions(prefix, Counts());
        var definitions = TopicDefinitions.Load().Where(d => !d.IsTemplate).ToDictionary(d => d.FullName(prefix));
        var created = new HashSet<string>();
        foreach (var missing in found.Where(t => t.Status == TopicStatus.Missing))
            if (await CreateAsync(missing.Topic, definitions[missing.Topic], commands)) created.Add(missing.Topic);
        return created.Count == 0 ? found : [.. (await CheckAsync(prefix)).Select(t => Mark(t, created))];
    }

    /// <summary>Creates the topic of a node type if it is missing. Asks the cluster once per type.</summary>
    /// <exception cref="ArgumentException">The type is not <c>[a-z0-9-]{1,60}</c>.</exception>
    public async Task<TopicStatus> EnsureTasksTopicAsync(string prefix, string nodeType)
    {
        if (!NodeType().IsMatch(nodeType))
            throw new ArgumentException($"node type '{nodeType}' cannot name a topic; expected [a-z0-9-]{{1,60}}");
        var definition = TopicDefinitions.Tasks.ForType(nodeType);
        var topic = definition.FullName(prefix);
        if (_taskTopics.TryGetValue(topic, out var known)) return known;
        if (await CreateAsync(topic, definition, definition.Partitions ?? 1))
            return _taskTopics[topic] = new TopicStatus(topic, TopicStatus.Created, []);
        var counts = Counts();
        var status = Compare(definition, topic, 0, counts, await ConfigsAsync([topic]));
        if (status.Status != TopicStatus.Missing) _taskTopics[topic] = status;
        return status;
    }

    /// <summary>For the start of a program: every topic exists and none differs where data could be lost.</summary>
    /// <exception cref="TopicRefusedException">Names every topic and config at fault.</exception>
    public async Task RequireAsync(string prefix)
    {
        var faults = (await CheckAsync(prefix)).SelectMany(Faults).ToList();
        if (faults.Count > 0) throw new TopicRefusedException(string.Join('\n', faults));
    }

    /// <returns>How many partitions the topic has; 0 if it does not exist.</returns>
    public int PartitionsOf(string topic) => Counts().GetValueOrDefault(topic);

    public void Dispose() => _admin.Dispose();

    private static IEnumerable<string> Faults(TopicStatus topic)
    {
        if (topic.Status == TopicStatus.Missing)
            return [$"topic {topic.Topic} is missing; create it with: kafkaflow topics apply"];
        return topic.Differences.Where(d => d.Severity == TopicDifference.Refused).Select(d =>
            $"topic {topic.Topic}: {d.Config} is {d.Actual}, expected {d.Expected}; running on it could lose data");
    }

    private static TopicStatus Mark(TopicStatus topic, HashSet<string> created) =>
        created.Contains(topic.Topic) && topic.Status == TopicStatus.Ok
            ? topic with { Status = TopicStatus.Created }
            : topic;

    private static List<TopicDefinition> Wanted(string prefix, Dictionary<string, int> counts)
    {
        var tasks = TopicDefinitions.Tasks.ForType("").FullName(prefix);
        var types = counts.Keys.Where(name => name.StartsWith(tasks, StringComparison.Ordinal))
            .Select(name => name[tasks.Length..]).Where(type => NodeType().IsMatch(type)).Order(StringComparer.Ordinal);
        return
        [
            .. TopicDefinitions.Load().Where(d => !d.IsTemplate),
            .. types.Select(TopicDefinitions.Tasks.ForType),
        ];
    }

    private static int CommandPartitions(string prefix, Dictionary<string, int> counts)
    {
        var commands = TopicDefinitions.Of(TopicDefinitions.Commands);
        return counts.TryGetValue(commands.FullName(prefix), out var existing) ? existing : commands.Partitions ?? 1;
    }

    private static TopicStatus Compare(
        TopicDefinition definition, string topic, int commandPartitions, Dictionary<string, int> counts,
        Dictionary<string, Dictionary<string, string>> configs)
    {
        if (!counts.TryGetValue(topic, out var partitions)) return new(topic, TopicStatus.Missing, []);
        var differences = TopicComparison.Differences(
            definition, definition.Partitions ?? commandPartitions, partitions, configs.GetValueOrDefault(topic) ?? []);
        return new(topic, differences.Count == 0 ? TopicStatus.Ok : TopicStatus.Differs, differences);
    }

    private Dictionary<string, int> Counts()
    {
        try
        {
            return _admin.GetMetadata(_timeout).Topics.ToDictionary(t => t.Topic, t => t.Partitions.Count);
        }
        catch (KafkaException e)
        {
            throw new KafkaUnavailableException(BrokerText.Unreachable(_bootstrap, _timeout, e.Error.Reason), e);
        }
    }

    private async Task<Dictionary<string, Dictionary<string, string>>> ConfigsAsync(IReadOnlyList<string> topics)
    {
        if (topics.Count == 0) return [];
        var until = DateTime.UtcNow + _timeout;
        while (true)
        {
            try
            {
                var results = await _admin.DescribeConfigsAsync(
                    topics.Select(topic => new ConfigResource { Type = ResourceType.Topic, Name = topic }),
                    new DescribeConfigsOptions { RequestTimeout = _timeout });
                return results.ToDictionary(
                    r => r.ConfigResource.Name, r => r.Entries.ToDictionary(e => e.Key, e => e.Value.Value ?? ""));
            }
            catch (DescribeConfigsException e) when (IsNewTopic(e) && DateTime.UtcNow < until)
            {
                await Task.Delay(AppearPause);
            }
            catch (KafkaException e)
            {
                var names = string.Join(", ", topics);
                throw new KafkaUnavailableException(
                    $"Kafka at {_bootstrap} did not tell the configs of {names}: {e.Error.Reason}", e);
            }
        }
    }

    /// <summary>Somebody has just made the topic; this broker learns of it a moment later.</summary>
    private static bool IsNewTopic(DescribeConfigsException failure) =>
        failure.Results.Exists(r => r.Error.Code == ErrorCode.UnknownTopicOrPart);

    /// <returns>false if it was there already.</returns>
    private async Task<bool> CreateAsync(string topic, TopicDefinition definition, int commandPartitions)
    {
        var specification = new TopicSpecification
        {
            Name = topic,
            NumPartitions = definition.Partitions ?? commandPartitions,
            ReplicationFactor = ReplicationOfBroker,
            Configs = definition.Configs.ToDictionary(),
        };
        try
        {
            var options = new CreateTopicsOptions { RequestTimeout = _timeout, OperationTimeout = _timeout };
            await _admin.CreateTopicsAsync([specification], options);
            return await AppearsAsync(topic);
        }
        catch (CreateTopicsException e) when (e.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            return false;
        }
        catch (KafkaException e)
        {
            var reason = e is CreateTopicsException { Results: [var first, ..] } ? first.Error.Reason : e.Error.Reason;
            throw new KafkaUnavailableException(string.Create(
                CultureInfo.InvariantCulture, $"Kafka at {_bootstrap} did not create topic {topic}: {reason}"), e);
        }
    }

    /// <summary>The controller has made it; the broker that answers metadata may learn of it a moment later.</summary>
    private async Task<bool> AppearsAsync(string topic)
    {
        var until = DateTime.UtcNow + _timeout;
        while (!Counts().ContainsKey(topic))
        {
            if (DateTime.UtcNow > until)
            {
                throw new KafkaUnavailableException(
                    $"topic {topic} was created but did not appear within {_timeout.TotalSeconds:0} s");
            }
            await Task.Delay(AppearPause);
        }
        return true;
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,60}\z")]
    private static partial Regex NodeType();
}
