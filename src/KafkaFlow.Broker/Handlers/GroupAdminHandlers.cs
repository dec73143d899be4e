using KafkaFlow.Broker.Groups;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Questions of tools about groups, and their deletion.</summary>
internal sealed class GroupAdminHandlers(BrokerCore core)
{
    private const int AllGroupOperations = 328;
    private const string Classic = "classic";

    public IWire Describe(RequestContext c, DescribeGroupsRequest request) => new DescribeGroupsResponse
    {
        Groups = [.. request.Groups.Select(id => Describe(id, request.IncludeAuthorizedOperations))],
    };

    public IWire List(ListGroupsRequest request) => new ListGroupsResponse
    {
        Groups = [.. core.Groups.Groups.Select(group => group.View())
            .Where(view => view.State != GroupState.Dead &&
                Matches(request.StatesFilter, view.State.ToString()) && Matches(request.TypesFilter, Classic))
            .Select(view => new ListGroupsResponse.ListedGroup
            {
                GroupId = view.Id,
                ProtocolType = view.ProtocolType,
                GroupState = view.State.ToString(),
                GroupType = Classic,
            })],
    };

    public IWire Delete(DeleteGroupsRequest request) => new DeleteGroupsResponse
    {
        Results = [.. request.GroupsNames.Select(id => new DeleteGroupsResponse.DeletableGroupResult
        {
            GroupId = id,
            ErrorCode = (short)(id.Length == 0 ? ErrorCode.InvalidGroupId : core.Groups.Delete(id)),
        })],
    };

    private static bool Matches(List<string> filter, string value) =>
        filter.Count == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);

    private DescribeGroupsResponse.DescribedGroup Describe(string id, bool withOperations)
    {
        if (core.Groups.Find(id)?.View() is not { } view)
            return new() { GroupId = id, GroupState = nameof(GroupState.Dead) };
        return new()
        {
            GroupId = id,
            GroupState = view.State.ToString(),
            ProtocolType = view.ProtocolType,
            ProtocolData = view.Protocol,
            AuthorizedOperations = withOperations ? AllGroupOperations : int.MinValue,
            Members = [.. view.Members.Select(m => new DescribeGroupsResponse.DescribedGroup.DescribedGroupMember
            {
                MemberId = m.MemberId,
                GroupInstanceId = m.InstanceId,
                ClientId = m.ClientId,
                ClientHost = m.ClientHost,
                MemberMetadata = m.Metadata,
                MemberAssignment = m.Assignment,
            })],
        };
    }
}
