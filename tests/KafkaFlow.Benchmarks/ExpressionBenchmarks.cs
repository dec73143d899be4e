using KafkaFlow.Expressions;

namespace KafkaFlow.Benchmarks;

/// <summary>The speed of expressions over the data of docs/benchmarks.md.</summary>
internal static class ExpressionBenchmarks
{
    private const string Data = """
        {"output": {"status": "ok", "score": 91, "name": "alpha beta", "items": [
          {"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}, {"sku": "c", "qty": 3}, {"sku": "d", "qty": 4}]},
         "ctx": {"enrich": {"output": {"revenue": 250000, "region": "eu"}}, "fetch": {"output": {"rows": 7}}},
         "workload": {"table": "posts", "path": "bucket/a", "limit": 10}, "execution_id": "run-000017"}
        """;

    public static IEnumerable<Measurement> Run()
    {
        Value data = Value.FromJson(Data);
        KeyValuePair<string, Value>[] entries = [.. data.Entries];
        var scope = new ExpressionScope([.. entries.Select(e => e.Key)]);
        var variables = new Variables([.. entries.Select(e => e.Value)]);
        yield return Evaluation("field path, comparison", "output.score >= 80", scope, variables);
        yield return Evaluation("field path, comparison, &&",
            "output.score >= 80 && ctx.enrich.output.revenue > 100000", scope, variables);
        yield return Evaluation("text, size", "output.status == \"ok\" && size(output.items) > 0", scope, variables);
        yield return Evaluation("in list", "output.status in [\"ok\",\"done\",\"partial\"]", scope, variables);
        yield return Evaluation("exists over 4", "output.items.exists(i, i.sku == \"c\" && i.qty > 2)", scope,
            variables);
        yield return Evaluation("missing key, absorbed", "output.absent > 1 || output.score > 1", scope, variables);
        yield return Evaluation("matches", "has(output.error) || output.name.matches(\"^alpha.*a$\")", scope,
            variables);
        yield return Evaluation("{{ }} with words", "{{ output.status == 'ok' and not ctx.absent }}", scope, variables);
        yield return Evaluation("worst case: fuel used up",
            "ctx.map(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, "
            + "[1,2,3,4,5,6,7,8,9].all(f, [1,2,3,4,5,6,7,8,9].all(g, f + g > 0))))))).size() == 0", scope, variables,
                batch: 1);
        yield return Rendering("one path, typed", "{{ ctx.enrich.output.revenue }}", scope, variables);
        yield return Rendering("three substitutions",
            "insert into {{ workload.table }} values ('{{ execution_id }}', {{ output.score }})", scope, variables);
        yield return Compilation("compile: field path, comparison, &&",
            "output.score >= 80 && ctx.enrich.output.revenue > 100000", scope);
        yield return TemplateCompilation("compile: three substitutions",
            "insert into {{ workload.table }} values ('{{ execution_id }}', {{ output.score }})", scope);
        yield return Measurement.Take("json: read 0.5 KB", 1_000, n =>
        {
            for (int i = 0; i < n; i++)
                Value.FromJson(Data);
        });
    }

    private static Measurement Evaluation(string name, string text, ExpressionScope scope, Variables variables,
        int batch = 10_000)
    {
        Condition condition = Condition.TryCompile(text, scope, out ExpressionDiagnostic? problem)
            ?? throw new InvalidOperationException(problem!.Message);
        return Measurement.Take(name, batch, n =>
        {
            for (int i = 0; i < n; i++)
                condition.Evaluate(variables);
        });
    }

    private static Measurement Rendering(string name, string text, ExpressionScope scope, Variables variables)
    {
        Template template = Template.TryCompile(text, scope, out ExpressionDiagnostic? problem)
            ?? throw new InvalidOperationException(problem!.Message);
        return Measurement.Take(name, 10_000, n =>
        {
            for (int i = 0; i < n; i++)
                template.Render(variables);
        });
    }

    private static Measurement Compilation(string name, string text, ExpressionScope scope) =>
        Measurement.Take(name, 500, n =>
        {
            for (int i = 0; i < n; i++)
                Condition.TryCompile(text, scope, out _);
        });

    private static Measurement TemplateCompilation(string name, string text, ExpressionScope scope) =>
        Measurement.Take(name, 500, n =>
        {
            for (int i = 0; i < n; i++)
                Template.TryCompile(text, scope, out _);
        });

    private sealed class Variables(Value[] values) : IVariables
    {
        public Value Get(int slot) => values[slot];
    }
}
