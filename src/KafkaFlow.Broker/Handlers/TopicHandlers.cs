using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using Answer = KafkaFlow.Wire.Messages.CreateTopicsResponse.CreatableTopicResult;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Creation, growth and deletion of topics.</summary>
internal sealed class TopicHandlers(BrokerCore core)
{
    private const short FirstVersionWithIds = 6;

    public IWire Create(CreateTopicsRequest request)
    {
        var response = new CreateTopicsResponse();
        foreach (var group in request.Topics.GroupBy(topic => topic.Name, StringComparer.Ordinal))
        {
            response.Topics.Add(group.Count() == 1
                ? Create(group.First(), request.ValidateOnly)
                : Failed(group.Key, ErrorCode.InvalidRequest, "Duplicate topic name."));
        }
        return response;
    }

    public IWire Delete(RequestContext c, DeleteTopicsRequest request)
    {
        var response = new DeleteTopicsResponse();
        var asked = c.Version >= FirstVersionWithIds
            ? request.Topics.Select(topic => (topic.Name, topic.TopicId))
            : request.TopicNames.Select(name => ((string?)name, Guid.Empty));
        foreach (var (name, id) in asked)
        {
            var topic = name is null ? core.Catalog.Find(id) : core.Catalog.Find(name);
            var error = topic switch
            {
                null => name is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition,
                { IsInternal: true } => ErrorCode.InvalidRequest,
                _ => ErrorCode.None,
            };
            if (error == ErrorCode.None && core.Catalog.Delete(topic!.Name)) core.Groups.DropOffsetsOf(topic.Name);
            response.Responses.Add(new()
            {
                Name = topic?.Name ?? name,
                TopicId = topic?.Id ?? id,
                ErrorCode = (short)error,
                ErrorMessage = error switch
                {
                    ErrorCode.None => null,
                    ErrorCode.InvalidRequest => "A topic of the coordinators cannot be deleted.",
                    ErrorCode.UnknownTopicId => "This server does not host this topic ID.",
                    _ => "This server does not host this topic-partition.",
                },
            });
        }
        return response;
    }

    public IWire Grow(CreatePartitionsRequest request)
    {
        var response = new CreatePartitionsResponse();
        foreach (var topic in request.Topics)
        {
            var (error, message) = Check(topic);
            if (error == ErrorCode.None) (error, message) =
                core.Catalog.Grow(topic.Name, topic.Count, request.ValidateOnly);
            response.Results.Add(new() { Name = topic.Name, ErrorCode = (short)error, ErrorMessage = message });
        }
        return response;
    }

    private (ErrorCode Error, string? Message) Check(CreatePartitionsRequest.CreatePartitionsTopic topic)
    {
        var known = core.Catalog.Find(topic.Name);
        if (known is { IsInternal: true }) return (
            ErrorCode.InvalidRequest, "A topic of the coordinators cannot grow.");
        var added = topic.Count - (known?.Partitions.Count ?? 0);
        return known is not null && added >= 0 && topic.Assignments is { } assignments && assignments.Count != added
            ? (ErrorCode.InvalidReplicaAssignment,
                $"Attempted to add {added} additional partition(s), but only {assignments.Count} assignment(s) were " +
                "specified.")
            : (ErrorCode.None, null);
    }

    private Answer Create(CreateTopicsRequest.CreatableTopic topic, bool validateOnly)
    {
        if (TopicCatalog.ProblemOfName(topic.Name) is { } problem)
            return Failed(topic.Name, ErrorCode.InvalidTopic, $"Topic name is invalid: {problem}");
        if (core.Catalog.Find(topic.Name) is not null)
            return Failed(topic.Name, ErrorCode.TopicAlreadyExists, $"Topic '{topic.Name}' already exists.");
        var (error, message) = CheckCounts(topic, out var partitions, out var replicas);
        if (error != ErrorCode.None) return Failed(topic.Name, error, message);
        var config = new Dictionary<string, string>();
        foreach (var setting in topic.Configs)
        {
            if (TopicConfig.ProblemOf(setting.Name, setting.Value) is { } wrong)
                return Failed(topic.Name, ErrorCode.InvalidConfig, wrong);
            config[setting.Name] = setting.Value!;
        }
        (error, message) = core.Catalog.Create(topic.Name, partitions, config, validateOnly);
        if (error != ErrorCode.None) return Failed(topic.Name, error, message);
        var settings = new TopicConfig(config, core.Options.TopicDefaults);
        return new()
        {
            Name = topic.Name,
            TopicId = core.Catalog.Find(topic.Name)?.Id ?? Guid.Empty,
            NumPartitions = partitions,
            ReplicationFactor = replicas,
            Configs = [.. ConfigDefinitions.Topic.Select(d => Describe(d, settings))],
        };
    }

    private (ErrorCode Error, string? Message) CheckCounts(
        CreateTopicsRequest.CreatableTopic topic, out int partitions, out short replicas)
    {
        partitions = topic.NumPartitions == -1 ? core.Options.DefaultPartitions : topic.NumPartitions;
        replicas = topic.ReplicationFactor == -1 ? (short)1 : topic.ReplicationFactor;
        if (topic.Assignments.Count > 0)
        {
            if (topic.NumPartitions != -1 || topic.ReplicationFactor != -1)
            {
                return (ErrorCode.InvalidRequest, "A manual partition assignment was specified, but numPartitions or " +
                    "replicationFactor was not set to -1.");
            }
            var indexes = topic.Assignments.Select(a => a.PartitionIndex).Order();
            if (!indexes.SequenceEqual(Enumerable.Range(0, topic.Assignments.Count)))
                return (ErrorCode.InvalidReplicaAssignment,
                    "partitions should be a consecutive 0-based integer sequence");
            if (topic.Assignments.Any(a => a.BrokerIds.Count == 0))
                return (ErrorCode.InvalidReplicaAssignment,
                    "The manual partition assignment includes an empty replica list.");
            partitions = topic.Assignments.Count;
            replicas = (short)topic.Assignments[0].BrokerIds.Count;
        }
        if (partitions <= 0)
            return (ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
        if (replicas <= 0)
            return (ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0.");
        return replicas > 1 && core.Options.StrictReplication
            ? (ErrorCode.InvalidReplicationFactor, $"expected 1 replica, since there is one node, found {replicas}")
            : (ErrorCode.None, null);
    }

    private static Answer.CreatableTopicConfigs Describe(ConfigDefinition definition, TopicConfig config) => new()
    {
        Name = definition.Name,
        Value = config.Value(definition.Name),
        ConfigSource = (sbyte)ConfigHandlers.SourceOf(definition, config),
    };

    private static Answer Failed(string name, ErrorCode error, string? message) => new()
    {
        Name = name,
        ErrorCode = (short)error,
        ErrorMessage = message,
        NumPartitions = -1,
        ReplicationFactor = -1,
        Configs = [],
    };
}
