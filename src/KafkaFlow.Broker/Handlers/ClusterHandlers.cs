using System.Text.RegularExpressions;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Handlers;

/// <summary>The node itself, and what a single node without access control answers to the rest.</summary>
internal sealed partial class ClusterHandlers(BrokerCore core)
{
    private const int AllClusterOperations = 8096;
    private const short FirstVersionWithSoftware = 3;
    private const short FirstVersionWithKeys = 4;
    private const sbyte GroupKey = 0;
    private const sbyte TransactionKey = 1;
    private const string NoAuthorizer = "No Authorizer is configured.";

    public static IWire ApiVersions(ApiVersionsRequest request, short version)
    {
        var isNamed = version < FirstVersionWithSoftware ||
            (Software().IsMatch(request.ClientSoftwareName) && Software().IsMatch(request.ClientSoftwareVersion));
        return isNamed ? ApiVersions(ErrorCode.None)
            : new ApiVersionsResponse { ErrorCode = (short)ErrorCode.InvalidRequest };
    }

    public static ApiVersionsResponse ApiVersions(ErrorCode error) => new()
    {
        ErrorCode = (short)error,
        ApiKeys = [.. ApiTable.All.Select(api => new ApiVersionsResponse.ApiVersion
            { ApiKey = (short)api.Key, MinVersion = api.Min, MaxVersion = api.Max })],
    };

    public static IWire DescribeAcls() =>
        new DescribeAclsResponse { ErrorCode = (short)ErrorCode.SecurityDisabled, ErrorMessage = NoAuthorizer };

    public static IWire CreateAcls(CreateAclsRequest request) => new CreateAclsResponse
    {
        Results = [.. request.Creations.Select(_ => new CreateAclsResponse.AclCreationResult
            { ErrorCode = (short)ErrorCode.SecurityDisabled, ErrorMessage = NoAuthorizer })],
    };

    public static IWire DeleteAcls(DeleteAclsRequest request) => new DeleteAclsResponse
    {
        FilterResults = [.. request.Filters.Select(_ => new DeleteAclsResponse.DeleteAclsFilterResult
            { ErrorCode = (short)ErrorCode.SecurityDisabled, ErrorMessage = NoAuthorizer })],
    };

    public IWire Describe(DescribeClusterRequest request) => new DescribeClusterResponse
    {
        ClusterId = core.Catalog.ClusterId,
        ControllerId = BrokerCore.NodeId,
        Brokers = [new() { BrokerId = BrokerCore.NodeId, Host = core.Host, Port = core.Port }],
        ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AllClusterOperations : int.MinValue,
    };

    public IWire FindCoordinator(RequestContext c, FindCoordinatorRequest request)
    {
        if (c.Version >= FirstVersionWithKeys)
        {
            return new FindCoordinatorResponse
            {
                Coordinators = [.. request.CoordinatorKeys.Select(key => Coordinator(key, request.KeyType))],
            };
        }
        var one = Coordinator(request.Key, request.KeyType);
        return new FindCoordinatorResponse
        {
            ErrorCode = one.ErrorCode, ErrorMessage = one.ErrorMessage, NodeId = one.NodeId, Host = one.Host,
                Port = one.Port,
        };
    }

    public IWire ElectLeaders(RequestContext c, ElectLeadersRequest request)
    {
        var response = new ElectLeadersResponse();
        foreach (var topic in request.TopicPartitions ?? [])
        {
            response.ReplicaElectionResults.Add(new()
            {
                Topic = topic.Topic,
                PartitionResult = [.. topic.Partitions.Select(index => Election(topic.Topic, index))],
            });
        }
        return response;
    }

    private ElectLeadersResponse.ReplicaElectionResult.PartitionResultValue Election(string topic, int index)
    {
        var isKnown = core.Catalog.Log(topic, index) is not null;
        return new()
        {
            PartitionId = index,
            ErrorCode = (short)(isKnown ? ErrorCode.ElectionNotNeeded : ErrorCode.UnknownTopicOrPartition),
            ErrorMessage = isKnown ? "Leader election not needed for topic partition." : "No such topic as " + topic,
        };
    }

    private FindCoordinatorResponse.Coordinator Coordinator(string key, sbyte type) =>
        type is GroupKey or TransactionKey
            ? new() { Key = key, NodeId = BrokerCore.NodeId, Host = core.Host, Port = core.Port, ErrorMessage = "" }
            : new()
            {
                Key = key, NodeId = -1, Port = -1, ErrorCode = (short)ErrorCode.InvalidRequest,
                ErrorMessage = $"Unknown coordinator type {type}",
            };

    [GeneratedRegex(@"\A[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?\z")]
    private static partial Regex Software();
}
