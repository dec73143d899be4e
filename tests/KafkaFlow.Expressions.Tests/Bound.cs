namespace KafkaFlow.Expressions.Tests;

/// <summary>Variables by slot.</summary>
internal sealed class Bound(Value[] values) : IVariables
{
    public Value Get(int slot) => values[slot];

    public static (ExpressionScope Scope, Bound Variables) Of(string json)
    {
        Value data = Value.FromJson(json);
        Assert.False(data.IsError, data.Error?.Message);
        KeyValuePair<string, Value>[] entries = [.. data.Entries];
        return (new ExpressionScope([.. entries.Select(e => e.Key)]), new Bound([.. entries.Select(e => e.Value)]));
    }
}
