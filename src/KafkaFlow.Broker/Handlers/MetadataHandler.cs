using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using TopicAnswer = KafkaFlow.Wire.Messages.MetadataResponse.MetadataResponseTopic;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Metadata: the one broker and the topics.</summary>
internal sealed class MetadataHandler(BrokerCore core)
{
    private const int AllClusterOperations = 8096;
    private const int AllTopicOperations = 3576;
    private const int NotAsked = int.MinValue;
    private const short FirstVersionWithEmptyMeaningNone = 1;

    /// <summary>Before it could say, a request made topics.</summary>
    private const short FirstVersionWithCreationFlag = 4;

    public IWire Handle(RequestContext c, MetadataRequest request)
    {
        var response = new MetadataResponse
        {
            ClusterId = core.Catalog.ClusterId,
            ControllerId = BrokerCore.NodeId,
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AllClusterOperations : NotAsked,
        };
        response.Brokers.Add(new() { NodeId = BrokerCore.NodeId, Host = core.Host, Port = core.Port });
        var wantsAll = request.Topics is null ||
            (c.Version < FirstVersionWithEmptyMeaningNone && request.Topics.Count == 0);
        var answers = wantsAll
            ? core.Catalog.Topics.Select(Describe)
            : request.Topics!.Select(asked => Find(
                asked, request.AllowAutoTopicCreation || c.Version < FirstVersionWithCreationFlag));
        foreach (var topic in answers)
        {
            if (request.IncludeTopicAuthorizedOperations) topic.TopicAuthorizedOperations = AllTopicOperations;
            response.Topics.Add(topic);
        }
        return response;
    }

    private TopicAnswer Find(MetadataRequest.MetadataRequestTopic asked, bool mayCreate)
    {
        if (asked.Name is not { } name)
        {
            return core.Catalog.Find(asked.TopicId) is { } byId
                ? Describe(byId)
                : new() { ErrorCode = (short)ErrorCode.UnknownTopicId, TopicId = asked.TopicId };
        }
        if (core.Catalog.Find(name) is { } topic) return Describe(topic);
        var error = ErrorCode.UnknownTopicOrPartition;
        if (TopicCatalog.ProblemOfName(name) is not null)
        {
            error = ErrorCode.InvalidTopic;
        }
        else if (mayCreate && core.Options.AutoCreateTopics)
        {
            core.Catalog.Create(name, core.Options.DefaultPartitions, new Dictionary<string, string>(),
                validateOnly: false);
            if (core.Catalog.Find(name) is { } created) return Describe(created);
        }
        return new() { ErrorCode = (short)error, Name = name };
    }

    private static TopicAnswer Describe(Topic topic) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id,
        IsInternal = topic.IsInternal,
        Partitions = [.. Enumerable.Range(0, topic.Partitions.Count).Select(index =>
            new TopicAnswer.MetadataResponsePartition
            {
                PartitionIndex = index,
                LeaderId = BrokerCore.NodeId,
                LeaderEpoch = LeaderEpoch.Current,
                ReplicaNodes = [BrokerCore.NodeId],
                IsrNodes = [BrokerCore.NodeId],
            })],
    };
}
