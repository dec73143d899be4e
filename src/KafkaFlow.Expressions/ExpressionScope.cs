namespace KafkaFlow.Expressions;

/// <summary>
/// The names an expression may use at one place of use. Immutable; a name's index is its slot. Scopes of the same names
/// in the same order are equal.
/// </summary>
public sealed class ExpressionScope : IEquatable<ExpressionScope>
{
    private readonly string[] _names;
    private readonly Dictionary<string, int> _slots;
    private readonly int _hash;

    public ExpressionScope(IReadOnlyList<string> names)
    {
        _names = [.. names];
        _slots = IndexOf(_names);
        var hash = new HashCode();
        foreach (string name in _names)
            hash.Add(name);
        _hash = hash.ToHashCode();
    }

    public IReadOnlyList<string> Names => _names;

    /// <returns>The slot of a name, or -1.</returns>
    public int SlotOf(string name) => _slots.GetValueOrDefault(name, -1);

    public bool Equals(ExpressionScope? other) => ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && _names.AsSpan().SequenceEqual(other._names));

    public override bool Equals(object? obj) => Equals(obj as ExpressionScope);

    public override int GetHashCode() => _hash;

    private static Dictionary<string, int> IndexOf(string[] names)
    {
        var slots = new Dictionary<string, int>(names.Length);
        for (int i = 0; i < names.Length; i++)
            slots.TryAdd(names[i], i);
        return slots;
    }
}

/// <summary>Gives the value of a slot; called at most once per use, so values may be parsed on demand.</summary>
public interface IVariables
{
    /// <returns>The value; <see cref="Value.Missing"/> if the name has none at this moment.</returns>
    Value Get(int slot);
}
