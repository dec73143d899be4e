using KafkaFlow.Expressions;

namespace KafkaFlow.Benchmarks;

/// <summary>Data with a scope of its keys. What it compiles must give what the caller says, or there is no figure.
/// </summary>
internal sealed class BoundData : IVariables
{
    private readonly Value[] _values;

    public BoundData(string json)
    {
        Value data = Value.FromJson(json);
        KeyValuePair<string, Value>[] entries = data.Error is { } error
            ? throw new InvalidOperationException(error.Message)
            : [.. data.Entries];
        Scope = new ExpressionScope([.. entries.Select(e => e.Key)]);
        _values = [.. entries.Select(e => e.Value)];
    }

    public ExpressionScope Scope { get; }

    public Value Get(int slot) => _values[slot];

    public CompiledExpression Condition(string text, string expected) =>
        Checked(Expressions.Condition.TryCompile(text, Scope, out ExpressionDiagnostic? problem), problem, expected);

    public CompiledExpression Template(string text, string expected) =>
        Checked(Expressions.Template.TryCompile(text, Scope, out ExpressionDiagnostic? problem), problem, expected);

    private CompiledExpression Checked(CompiledExpression? compiled, ExpressionDiagnostic? problem, string expected)
    {
        if (compiled is null)
            throw new InvalidOperationException(problem!.Message);
        Value value = compiled.Evaluate(this);
        string found = value.Error?.Code ?? value.ToJson();
        return found == expected
            ? compiled
            : throw new InvalidOperationException($"{compiled.Text} gives {found}, not {expected}");
    }
}
