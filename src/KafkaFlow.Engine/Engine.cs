using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>The engine: three pure functions.</summary>
public static class Engine
{
    /// <summary>Decides one command.</summary>
    public static Decision Decide(ExecutionState? state, DecisionInput input) => throw new NotImplementedException();

    /// <summary>Parks an execution whose decision threw.</summary>
    public static Decision Park(ExecutionState state, DecisionInput input, string reason) => throw new NotImplementedException();

    /// <summary>Folds one fact.</summary>
    public static ExecutionState Evolve(ExecutionState? state, ExecutionEvent fact) => throw new NotImplementedException();

    /// <summary>The outputs of one decision.</summary>
    public static void Emit(ExecutionState after, IReadOnlyList<ExecutionEvent> facts, List<EngineOutput> outputs) =>
        throw new NotImplementedException();
}

/// <summary>Identity of a start: what was asked for, not what it was resolved to.</summary>
public static class StartRequest
{
    /// <summary>SHA-256 over path, requested version, requested hash and payload by exact value.</summary>
    public static string HashOf(Command start) => throw new NotImplementedException();
}

/// <summary>Folded state as small binary keys.</summary>
public static class StateCodec
{
    /// <summary>All keys of one execution start with this; a scan of it is what <see cref="Decode"/> reads.</summary>
    public static byte[] PrefixOf(string executionId) => throw new NotImplementedException();

    /// <summary>Keys to put (value) and to delete (null).</summary>
    public static IReadOnlyList<KeyValuePair<byte[], byte[]?>> Changes(ExecutionState? before, ExecutionState? after) =>
        throw new NotImplementedException();

    /// <returns>Null if there are no entries.</returns>
    public static ExecutionState? Decode(IEnumerable<KeyValuePair<byte[], byte[]>> entries) =>
        throw new NotImplementedException();

    /// <summary>SHA-256 of the canonical folded state, lower-case hex.</summary>
    public static string StateHash(ExecutionState state) => throw new NotImplementedException();
}
