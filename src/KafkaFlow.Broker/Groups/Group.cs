using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Groups;

/// <summary>
/// A classic consumer group: judges what members ask, and holds the offsets. One lock, which every method takes; the
/// members' rounds are those of <see cref="GroupRounds"/>.
/// </summary>
internal sealed class Group : IDisposable
{
    private readonly Lock _gate = new();
    private readonly GroupContext _context;
    private readonly GroupRounds _rounds;

    public Group(string id, GroupContext context)
    {
        Id = id;
        _context = context;
        _rounds = new(id, context, _gate);
    }

    public string Id { get; }

    public GroupOffsets Offsets { get; } = new();

    /// <summary>Runs an action on the offsets under the lock.</summary>
    public T Locked<T>(Func<T> action)
    {
        lock (_gate) return action();
    }

    public Task<JoinResult> JoinAsync(JoinRequest join)
    {
        lock (_gate)
        {
            if (_rounds.State == GroupState.Dead) return Refuse(join, ErrorCode.CoordinatorNotAvailable);
            var isKnown = _rounds.Members.ContainsKey(join.MemberId) || _rounds.Invited.ContainsKey(join.MemberId) ||
                (join.InstanceId is { } instance && _rounds.Static.ContainsKey(instance));
            if (!isKnown && _rounds.Members.Count + _rounds.Invited.Count >= _context.MaxSize)
                return Refuse(join, ErrorCode.GroupMaxSizeReached);
            if (!Supports(join)) return Refuse(join, ErrorCode.InconsistentGroupProtocol);
            return _rounds.Join(join);
        }
    }

    public Task<SyncResult> SyncAsync(
        string memberId, string? instanceId, int generation, string? protocolType, string? protocol,
        IReadOnlyDictionary<string, byte[]> assignments)
    {
        lock (_gate)
        {
            var error = Check(memberId, instanceId, generation);
            if (error == ErrorCode.None && ((protocolType is not null && protocolType != _rounds.ProtocolType) ||
                (protocol is not null && protocol != _rounds.Protocol)))
            {
                error = ErrorCode.InconsistentGroupProtocol;
            }
            if (error == ErrorCode.None && _rounds.State == GroupState.PreparingRebalance)
                error = ErrorCode.RebalanceInProgress;
            if (error == ErrorCode.None && _rounds.State == GroupState.Empty) error = ErrorCode.UnknownMemberId;
            if (error != ErrorCode.None) return Task.FromResult(new SyncResult(error, []));

            var member = _rounds.Members[memberId];
            member.OwesSync = false;
            if (_rounds.State == GroupState.Stable)
            {
                GroupRounds.PutOffSession(member);
                return Task.FromResult(_rounds.Synced(member));
            }
            return _rounds.AwaitAssignment(member, assignments);
        }
    }

    public ErrorCode Heartbeat(string memberId, string? instanceId, int generation)
    {
        lock (_gate)
        {
            var error = Check(memberId, instanceId, generation);
            if (error != ErrorCode.None) return error;
            if (_rounds.State == GroupState.Empty) return ErrorCode.UnknownMemberId;
            GroupRounds.PutOffSession(_rounds.Members[memberId]);
            return _rounds.State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
        }
    }

    public ErrorCode Leave(string memberId, string? instanceId)
    {
        lock (_gate)
        {
            if (_rounds.State == GroupState.Dead) return ErrorCode.CoordinatorNotAvailable;
            if (instanceId is null && _rounds.Uninvite(memberId)) return ErrorCode.None;
            if (memberId.Length == 0 && instanceId is not null)
                memberId = _rounds.Static.GetValueOrDefault(instanceId) ?? "";
            var error = CheckMember(memberId, instanceId);
            if (error == ErrorCode.None) _rounds.Remove(_rounds.Members[memberId]);
            return error;
        }
    }

    /// <summary>Whether a commit of offsets may be stored; called under the lock.</summary>
    public ErrorCode CheckCommit(string memberId, string? instanceId, int generation, bool isTransactional)
    {
        if (_rounds.State == GroupState.Dead) return ErrorCode.CoordinatorNotAvailable;
        if (generation < 0 && memberId.Length == 0 && instanceId is null)
            return isTransactional || _rounds.State == GroupState.Empty ? ErrorCode.None : ErrorCode.UnknownMemberId;
        if (_rounds.State == GroupState.Empty && generation < 0) return ErrorCode.None;
        var error = Check(memberId, instanceId, generation);
        if (error != ErrorCode.None) return error;
        if (_rounds.State == GroupState.CompletingRebalance && !isTransactional) return ErrorCode.RebalanceInProgress;
        if (_rounds.Members[memberId].Joining is null) GroupRounds.PutOffSession(_rounds.Members[memberId]);
        return ErrorCode.None;
    }

    public GroupView View()
    {
        lock (_gate)
        {
            var isStable = _rounds.State == GroupState.Stable;
            return new(Id, _rounds.State, _rounds.ProtocolType, isStable ? _rounds.Protocol ?? ""
                : "", [.. _rounds.Members.Values.Select(m => new MemberView(
                m.MemberId, m.InstanceId, m.ClientId, m.ClientHost, isStable ? m.MetadataOf(_rounds.Protocol!) : [],
                isStable ? m.Assignment : []))]);
        }
    }

    /// <summary>Topics that a member is subscribed to; null if members do not say in the consumers' format.</summary>
    public IReadOnlySet<string>? SubscribedTopics()
    {
        lock (_gate)
        {
            if (_rounds.State == GroupState.Empty || _rounds.Protocol is null) return new HashSet<string>();
            return _rounds.ProtocolType == "consumer"
                ? Subscriptions.TopicsOf(_rounds.Members.Values.Select(m => m.MetadataOf(_rounds.Protocol))) : null;
        }
    }

    /// <summary>Ends the group if it has no members.</summary>
    /// <param name="when">Called under the lock; false keeps it.</param>
    public bool TryEnd(Func<long, bool> when)
    {
        lock (_gate)
        {
            if (_rounds.State != GroupState.Empty || _rounds.Invited.Count > 0 ||
                !when(_rounds.StateSinceMs)) return false;
            _rounds.State = GroupState.Dead;
            return true;
        }
    }

    /// <summary>Takes what was stored; sessions of members begin anew.</summary>
    public void Load(StoredGroup stored)
    {
        lock (_gate)
        {
            _rounds.Load(stored);
        }
    }

    /// <summary>Starts the sessions of members that were loaded.</summary>
    public void StartSessions()
    {
        lock (_gate)
        {
            foreach (var member in _rounds.Members.Values) GroupRounds.PutOffSession(member);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _rounds.Dispose();
        }
    }

    private ErrorCode Check(string memberId, string? instanceId, int generation)
    {
        if (_rounds.State == GroupState.Dead) return ErrorCode.CoordinatorNotAvailable;
        var error = CheckMember(memberId, instanceId);
        if (error != ErrorCode.None) return error;
        return generation == _rounds.Generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private ErrorCode CheckMember(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (!_rounds.Static.TryGetValue(instanceId, out var owner)) return ErrorCode.UnknownMemberId;
            if (owner != memberId) return ErrorCode.FencedInstanceId;
        }
        return _rounds.Members.ContainsKey(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    private bool Supports(JoinRequest join)
    {
        if (join.ProtocolType.Length == 0 || join.Protocols.Count == 0) return false;
        if (_rounds.Members.Count == 0) return true;
        return join.ProtocolType == _rounds.ProtocolType && join.Protocols.Any(offered => _rounds.Members.Values.All(
            m => m.MemberId == join.MemberId || m.Protocols.Any(p => p.Name == offered.Name)));
    }

    private static Task<JoinResult> Refuse(JoinRequest join, ErrorCode error) =>
        Task.FromResult(new JoinResult(error, join.MemberId));
}
