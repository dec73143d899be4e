namespace KafkaFlow.Expressions;

/// <summary>The names an expression may use at one place of use. Immutable; a name's index is its slot.</summary>
public sealed class ExpressionScope(IReadOnlyList<string> names)
{
    private readonly Dictionary<string, int> _slots = IndexOf(names);

    public IReadOnlyList<string> Names => names;

    /// <returns>The slot of a name, or -1.</returns>
    public int SlotOf(string name) => _slots.GetValueOrDefault(name, -1);

    private static Dictionary<string, int> IndexOf(IReadOnlyList<string> names)
    {
        var slots = new Dictionary<string, int>(names.Count);
        for (int i = 0; i < names.Count; i++)
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
