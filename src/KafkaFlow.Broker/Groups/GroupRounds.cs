using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Groups;

/// <summary>
/// The members of a group and their rounds: all join, then the leader's assignment reaches all. Every method is called
/// under the group's lock; only the alarms take it themselves.
/// <para>Empty or Stable or CompletingRebalance -> PreparingRebalance when a member comes, goes or changes ->
/// CompletingRebalance when all have joined or the longest rebalance time is over -> Stable when the leader has
/// assigned.
/// Without members it is Empty; removed, it is Dead.</para>
/// </summary>
internal sealed class GroupRounds : IDisposable
{
    /// <summary>A new member that waits for others cannot send heartbeats; it is given up after so long.</summary>
    private static readonly TimeSpan NewMemberLimit = TimeSpan.FromMinutes(5);

    private readonly string _id;
    private readonly GroupContext _context;
    private readonly Lock _gate;
    private readonly Alarm _joinLimit;
    private readonly Alarm _syncLimit;

    public GroupRounds(string id, GroupContext context, Lock gate)
    {
        (_id, _context, _gate) = (id, context, gate);
        StateSinceMs = context.NowMs;
        _joinLimit = new(context.Clock, JoinLimitRings);
        _syncLimit = new(context.Clock, SyncLimitRings);
    }

    public GroupState State { get; set; } = GroupState.Empty;

    public int Generation { get; private set; }

    public string ProtocolType { get; private set; } = "";

    /// <summary>How the leader shares the partitions out.</summary>
    public string? Protocol { get; private set; }

    public string? Leader { get; private set; }

    public long StateSinceMs { get; private set; }

    public Dictionary<string, GroupMember> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Member ids by instance id.</summary>
    public Dictionary<string, string> Static { get; } = new(StringComparer.Ordinal);

    /// <summary>Ids that were given out and have not joined yet.</summary>
    public Dictionary<string, Alarm> Invited { get; } = new(StringComparer.Ordinal);

    public Task<JoinResult> Join(JoinRequest join)
    {
        if (join.MemberId.Length == 0) return JoinNew(join);
        if (Invited.Remove(join.MemberId, out var invited))
        {
            invited.Dispose();
            return AddAndWait(join.MemberId, join);
        }
        if (join.InstanceId is { } instance)
        {
            if (!Static.TryGetValue(instance, out var owner)) return Refuse(ErrorCode.UnknownMemberId, join.MemberId);
            if (owner != join.MemberId) return Refuse(ErrorCode.FencedInstanceId, join.MemberId);
        }
        if (!Members.TryGetValue(join.MemberId, out var member)) return Refuse(
            ErrorCode.UnknownMemberId, join.MemberId);
        var isSame = member.Offers(join.Protocols);
        switch (State)
        {
            case GroupState.CompletingRebalance when isSame:
            case GroupState.Stable when isSame && join.MemberId != Leader:
                return Task.FromResult(Joined(member));
            case GroupState.Empty or GroupState.Dead:
                return Refuse(ErrorCode.UnknownMemberId, join.MemberId);
            default:
                member.Update(join);
                return Wait(member);
        }
    }

    public Task<SyncResult> AwaitAssignment(GroupMember member, IReadOnlyDictionary<string, byte[]> assignments)
    {
        member.Syncing?.TrySetResult(new(ErrorCode.RebalanceInProgress, []));
        member.Syncing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = member.Syncing.Task;
        if (member.MemberId == Leader) Assign(assignments);
        return waiting;
    }

    public SyncResult Synced(GroupMember member) => new(ErrorCode.None, member.Assignment, ProtocolType, Protocol);

    public bool Uninvite(string memberId)
    {
        if (!Invited.Remove(memberId, out var invited)) return false;
        invited.Dispose();
        CompleteJoinIfAllAreHere();
        return true;
    }

    public void Remove(GroupMember member)
    {
        member.Joining?.TrySetResult(new(ErrorCode.UnknownMemberId, member.MemberId));
        member.Syncing?.TrySetResult(new(ErrorCode.UnknownMemberId, []));
        Forget(member);
        if (State is GroupState.Stable or GroupState.CompletingRebalance) Prepare();
        else CompleteJoinIfAllAreHere();
    }

    public static void PutOffSession(GroupMember member) => member.Session.Set(member.SessionTimeout);

    /// <summary>Takes what was stored; sessions begin with <see cref="PutOffSession"/>.</summary>
    public void Load(StoredGroup stored)
    {
        foreach (var member in Members.Values.ToList()) Forget(member);
        (ProtocolType, Generation, Protocol, Leader, StateSinceMs) =
            (stored.ProtocolType, stored.Generation, stored.Protocol, stored.Leader, stored.StateSinceMs);
        foreach (var m in stored.Members)
        {
            var join = new JoinRequest(
                m.MemberId, m.InstanceId, m.ClientId, m.ClientHost, TimeSpan.FromMilliseconds(m.SessionTimeoutMs),
                TimeSpan.FromMilliseconds(m.RebalanceTimeoutMs), stored.ProtocolType,
                [new(stored.Protocol ?? "", m.Subscription)], false, false);
            Add(m.MemberId, join).Assignment = m.Assignment;
        }
        State = Members.Count == 0 ? GroupState.Empty : GroupState.Stable;
    }

    public void Dispose()
    {
        _joinLimit.Dispose();
        _syncLimit.Dispose();
        foreach (var invited in Invited.Values) invited.Dispose();
        foreach (var member in Members.Values)
        {
            member.Joining?.TrySetResult(new(ErrorCode.CoordinatorNotAvailable, member.MemberId));
            member.Syncing?.TrySetResult(new(ErrorCode.CoordinatorNotAvailable, []));
            member.Dispose();
        }
    }

    private Task<JoinResult> JoinNew(JoinRequest join)
    {
        var memberId = $"{join.InstanceId ?? join.ClientId}-{Guid.NewGuid()}";
        if (join.InstanceId is { } instance && Static.TryGetValue(instance, out var before))
            return Replace(Members[before], memberId, join);
        if (join.InstanceId is not null || !join.NeedsKnownId) return AddAndWait(memberId, join);
        var alarm = new Alarm(_context.Clock, () => InvitationRings(memberId));
        Invited[memberId] = alarm;
        alarm.Set(join.SessionTimeout);
        return Refuse(ErrorCode.MemberIdRequired, memberId);
    }

    private Task<JoinResult> AddAndWait(string memberId, JoinRequest join)
    {
        if (Members.Count == 0) ProtocolType = join.ProtocolType;
        var member = Add(memberId, join);
        var waiting = Wait(member);
        if (member.Joining is not null) member.Session.Set(NewMemberLimit);
        return waiting;
    }

    /// <summary>A static member has come back without its id: it gets a new one, and the old one is fenced.</summary>
    private Task<JoinResult> Replace(GroupMember old, string memberId, JoinRequest join)
    {
        old.Joining?.TrySetResult(new(ErrorCode.FencedInstanceId, old.MemberId));
        old.Syncing?.TrySetResult(new(ErrorCode.FencedInstanceId, []));
        var wasLeader = Leader == old.MemberId;
        Forget(old);
        var member = Add(memberId, join);
        member.Assignment = old.Assignment;
        var oldLeader = wasLeader ? old.MemberId : Leader;
        if (wasLeader) Leader = memberId;
        if (State != GroupState.Stable || Vote() != Protocol) return Wait(member);
        PutOffSession(member);
        Store(State);
        // A leader of old that cannot be told to keep its assignment is told that another one leads.
        var keeps = join.MaySkipAssignment && wasLeader;
        return Task.FromResult(new JoinResult(
            ErrorCode.None, memberId, Generation, ProtocolType, Protocol, join.MaySkipAssignment ? Leader! : oldLeader!,
            keeps, keeps ? MembersForLeader() : null));
    }

    private GroupMember Add(string memberId, JoinRequest join)
    {
        var alarm = new Alarm(_context.Clock, () => SessionRings(memberId));
        var member = new GroupMember(memberId, join, alarm);
        Members[memberId] = member;
        if (join.InstanceId is { } instance) Static[instance] = memberId;
        return member;
    }

    private void Forget(GroupMember member)
    {
        Members.Remove(member.MemberId);
        if (member.InstanceId is { } instance && Static.GetValueOrDefault(instance) == member.MemberId)
            Static.Remove(instance);
        if (Leader == member.MemberId) Leader = null;
        member.Dispose();
    }

    private Task<JoinResult> Wait(GroupMember member)
    {
        member.Joining?.TrySetResult(new(ErrorCode.RebalanceInProgress, member.MemberId));
        member.Joining = new(TaskCreationOptions.RunContinuationsAsynchronously);
        member.Session.Cancel();
        var waiting = member.Joining.Task;
        if (State == GroupState.PreparingRebalance) CompleteJoinIfAllAreHere();
        else Prepare();
        return waiting;
    }

    private void Prepare()
    {
        _syncLimit.Cancel();
        foreach (var member in Members.Values)
        {
            member.OwesSync = false;
            if (member.Syncing is null) continue;
            member.Syncing.TrySetResult(new(ErrorCode.RebalanceInProgress, []));
            member.Syncing = null;
            PutOffSession(member);
        }
        Enter(GroupState.PreparingRebalance);
        _joinLimit.Set(LongestRebalance());
        CompleteJoinIfAllAreHere();
    }

    private void CompleteJoinIfAllAreHere()
    {
        if (State == GroupState.PreparingRebalance && Invited.Count == 0 &&
            Members.Values.All(m => m.Joining is not null))
            CompleteJoin();
    }

    private void CompleteJoin()
    {
        foreach (var late in Members.Values.Where(m => m.Joining is null && m.InstanceId is null).ToList()) Forget(
            late);
        if (Members.Count > 0 && Members.Values.All(m => m.Joining is null))
        {
            _joinLimit.Set(LongestRebalance());
            return;
        }
        _joinLimit.Cancel();
        Generation++;
        if (Members.Count == 0)
        {
            (Protocol, Leader) = (null, null);
            Enter(GroupState.Empty);
            Store(GroupState.Empty);
            return;
        }
        if (Leader is null || Members[Leader].Joining is null)
            Leader = Members.Values.First(m => m.Joining is not null).MemberId;
        Protocol = Vote();
        Enter(GroupState.CompletingRebalance);
        foreach (var member in Members.Values)
        {
            member.OwesSync = true;
            PutOffSession(member);
            member.Joining?.TrySetResult(Joined(member));
            member.Joining = null;
        }
        _syncLimit.Set(LongestRebalance());
    }

    private void Assign(IReadOnlyDictionary<string, byte[]> assignments)
    {
        foreach (var member in Members.Values) member.Assignment = assignments.GetValueOrDefault(member.MemberId) ?? [];
        var error = Store(GroupState.Stable);
        if (error != ErrorCode.None)
        {
            foreach (var member in Members.Values)
            {
                member.Syncing?.TrySetResult(new(error, []));
                member.Syncing = null;
            }
            Prepare();
            return;
        }
        Enter(GroupState.Stable);
        foreach (var member in Members.Values.Where(m => m.Syncing is not null))
        {
            member.Syncing!.TrySetResult(Synced(member));
            member.Syncing = null;
            PutOffSession(member);
        }
    }

    private JoinResult Joined(GroupMember member) => new(
        ErrorCode.None, member.MemberId, Generation, ProtocolType, Protocol, Leader ?? "", false,
        member.MemberId == Leader ? MembersForLeader() : null);

    private List<(string MemberId, string? InstanceId, byte[] Metadata)> MembersForLeader() =>
        [.. Members.Values.Select(m => (m.MemberId, m.InstanceId, m.MetadataOf(Protocol!)))];

    /// <summary>The protocol all support that most members prefer.</summary>
    private string Vote()
    {
        var common = Members.Values
            .Select(m => m.Protocols.Select(p => p.Name)).Aggregate((a, b) => a.Intersect(b)).ToList();
        return Members.Values.Select(m => m.Protocols.First(p => common.Contains(p.Name)).Name)
            .GroupBy(name => name).OrderByDescending(votes => votes.Count()).First().Key;
    }

    private TimeSpan LongestRebalance() =>
        Members.Count == 0 ? TimeSpan.Zero : Members.Values.Max(m => m.RebalanceTimeout);

    private void Enter(GroupState state)
    {
        State = state;
        StateSinceMs = _context.NowMs;
        Log.Group(_context.Logger, _id, Generation, Members.Count, state.ToString());
    }

    private ErrorCode Store(GroupState state) => _context.Store(_id, new()
    {
        ProtocolType = ProtocolType,
        Generation = Generation,
        Protocol = Protocol,
        Leader = Leader,
        StateSinceMs = _context.NowMs,
        Members = state == GroupState.Empty ? [] : [.. Members.Values.Select(m => new StoredMember
        {
            MemberId = m.MemberId,
            InstanceId = m.InstanceId,
            ClientId = m.ClientId,
            ClientHost = m.ClientHost,
            RebalanceTimeoutMs = (int)m.RebalanceTimeout.TotalMilliseconds,
            SessionTimeoutMs = (int)m.SessionTimeout.TotalMilliseconds,
            Subscription = m.MetadataOf(Protocol!),
            Assignment = m.Assignment,
        })],
    });

    private void JoinLimitRings()
    {
        lock (_gate)
        {
            if (_joinLimit.TakeIfDue() && State == GroupState.PreparingRebalance) CompleteJoin();
        }
    }

    private void SyncLimitRings()
    {
        lock (_gate)
        {
            if (!_syncLimit.TakeIfDue() || State is not (GroupState.CompletingRebalance or GroupState.Stable)) return;
            var late = Members.Values.Where(m => m.OwesSync).ToList();
            foreach (var member in late) Forget(member);
            if (late.Count > 0) Prepare();
        }
    }

    private void SessionRings(string memberId)
    {
        lock (_gate)
        {
            if (Members.TryGetValue(memberId, out var member) && member.Session.TakeIfDue() && member.Syncing is null)
                Remove(member);
        }
    }

    private void InvitationRings(string memberId)
    {
        lock (_gate)
        {
            if (Invited.TryGetValue(memberId, out var invited) && invited.TakeIfDue()) Uninvite(memberId);
        }
    }

    private static Task<JoinResult> Refuse(ErrorCode error, string memberId) =>
        Task.FromResult(new JoinResult(error, memberId));
}
