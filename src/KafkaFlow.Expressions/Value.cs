namespace KafkaFlow.Expressions;

public enum ValueKind : byte
{
    Missing, Null, Bool, Int, UInt, Double, String, Bytes, List, Map, Timestamp, Duration, Type, Optional, Error,
}

/// <summary>A value of the expression language: a closed union over JSON-like data; free for scalars.</summary>
public readonly struct Value
{
    public ValueKind Kind => throw new NotImplementedException();
    public static Value Null => throw new NotImplementedException();
    /// <summary>A name or key that is absent; distinct from null.</summary>
    public static Value Missing => throw new NotImplementedException();
    public static Value Bool(bool value) => throw new NotImplementedException();
    public static Value Int(long value) => throw new NotImplementedException();
    public static Value Double(double value) => throw new NotImplementedException();
    public static Value String(string value) => throw new NotImplementedException();
    public static Value List(IReadOnlyList<Value> items) => throw new NotImplementedException();
    /// <summary>A map in the given order. Later entries of the same key win.</summary>
    public static Value Map(IReadOnlyList<KeyValuePair<string, Value>> entries) => throw new NotImplementedException();
    /// <summary>Parses JSON text; numbers keep 64-bit integers exactly. Malformed text gives an error value.</summary>
    public static Value FromJson(string json) => throw new NotImplementedException();
    public bool IsError => throw new NotImplementedException();
    /// <summary>What went wrong, with line and column in the expression; null if this is no error.</summary>
    public EvalError? Error => throw new NotImplementedException();
    /// <summary>Python's truth: false for 0, "", [], {}, null, missing and false.</summary>
    public bool Truthy => throw new NotImplementedException();
    /// <summary>The text of a String value; null for other kinds.</summary>
    public string? AsString => throw new NotImplementedException();
    public bool? AsBool => throw new NotImplementedException();
    public long? AsInt => throw new NotImplementedException();
    /// <summary>The entry of a map, or Missing.</summary>
    public Value Get(string key) => throw new NotImplementedException();
    /// <summary>Entries of a map in order; empty for other kinds.</summary>
    public IEnumerable<KeyValuePair<string, Value>> Entries => throw new NotImplementedException();
    /// <summary>Items of a list; empty for other kinds.</summary>
    public IReadOnlyList<Value> Items => throw new NotImplementedException();
    /// <summary>Compact JSON; keys in map order; Missing is null. An error value throws.</summary>
    public string ToJson() => throw new NotImplementedException();
}

/// <summary>An evaluation error: a stable code, what was expected and found (kinds, never values), and where.</summary>
public sealed record EvalError(string Code, string Message, int Line, int Column);
