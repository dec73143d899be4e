using BenchmarkDotNet.Attributes;
using KafkaFlow.Expressions;

namespace KafkaFlow.Benchmarks;

/// <summary>
/// The cost of expressions, for the common case and for what a hostile author reaches at most. The name of a method is
/// the name of its figure.
/// </summary>
public class ExpressionBenchmarks
{
    private const string Data = """
        {"output": {"status": "ok", "score": 91, "name": "alpha beta", "items": [
          {"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}, {"sku": "c", "qty": 3}, {"sku": "d", "qty": 4}]},
         "ctx": {"enrich": {"output": {"revenue": 250000, "region": "eu"}}, "fetch": {"output": {"rows": 7}}},
         "workload": {"table": "posts", "path": "bucket/a", "limit": 10}, "execution_id": "run-000017"}
        """;
    private const string Mark = "output.score >= 80 && ctx.enrich.output.revenue > 100000";
    private const string Three = "insert into {{ workload.table }} values ('{{ execution_id }}', {{ output.score }})";
    private const string Nine = "[1,2,3,4,5,6,7,8,9]";
    private const int WideKeys = 10_000;
    private const int TextChars = 100_000;

    private static readonly BoundData Small = new(Data);
    private static readonly BoundData Large = new(
        $$"""
        {"wide": {{Wide(WideKeys)}}, "text": "{{new string('a', TextChars)}}",
         "list": [{{string.Join(',', Enumerable.Range(0, 1_000))}}],
         "deep": {{Deep(ExpressionLimits.DataDepth - 1)}}, "twin": {{Deep(ExpressionLimits.DataDepth - 1)}} }
        """);
    private static readonly string WideJson = Wide(WideKeys);
    private static readonly string DeepJson = Deep(ExpressionLimits.DataDepth);

    private readonly CompiledExpression _path = Small.Condition("output.score >= 80", "true");
    private readonly CompiledExpression _mark = Small.Condition(Mark, "true");
    private readonly CompiledExpression _text =
        Small.Condition("output.status == \"ok\" && size(output.items) > 0", "true");
    private readonly CompiledExpression _in = Small.Condition("output.status in [\"ok\",\"done\",\"partial\"]", "true");
    private readonly CompiledExpression _exists =
        Small.Condition("output.items.exists(i, i.sku == \"c\" && i.qty > 2)", "true");
    private readonly CompiledExpression _absent =
        Small.Condition("output.absent > 1 || output.score > 1", "true");
    private readonly CompiledExpression _matches =
        Small.Condition("has(output.error) || output.name.matches(\"^alpha.*a$\")", "true");
    private readonly CompiledExpression _words =
        Small.Condition("{{ output.status == 'ok' and not ctx.absent }}", "true");
    private readonly CompiledExpression _typed = Small.Template("{{ ctx.enrich.output.revenue }}", "250000");
    private readonly CompiledExpression _three =
        Small.Template(Three, "\"insert into posts values ('run-000017', 91)\"");

    private readonly CompiledExpression _fuel = Large.Condition(
        $"{Nine}.all(a, {Nine}.all(b, {Nine}.all(c, {Nine}.all(d, {Nine}.all(e, {Nine}.all(f, {Nine}.all(g, f + g > 0)))))))",
        "limit_fuel");
    private readonly CompiledExpression _templateFuel = Large.Template(
        "a {% for a in list %}{% for b in list %}{% for c in list %}{{ a }}{% endfor %}{% endfor %}{% endfor %}",
        "limit_fuel");
    private readonly CompiledExpression _output =
        Large.Template("a {% for a in range(20) %}{{ text }}{% endfor %}", "limit_output");
    private readonly CompiledExpression _growth =
        Large.Condition("cel.bind(a, text + text, cel.bind(b, a + a, b + b)) == ''", "limit_fuel");
    private readonly CompiledExpression _regex = Large.Condition("!text.matches('(a|b)+c')", "true");
    private readonly CompiledExpression _deep = Large.Condition("deep == twin", "true");
    private readonly CompiledExpression _wide = Large.Condition($"wide.key{WideKeys - 1} == {WideKeys - 1}", "true");
    private readonly CompiledExpression _wideWalk = Large.Condition("wide.all(k, k.size() > 3)", "true");

    [Benchmark] public Value PathComparison() => _path.Evaluate(Small);
    [Benchmark] public Value PathComparisonAnd() => _mark.Evaluate(Small);
    [Benchmark] public Value TextAndSize() => _text.Evaluate(Small);
    [Benchmark] public Value InList() => _in.Evaluate(Small);
    [Benchmark] public Value ExistsOver4() => _exists.Evaluate(Small);
    [Benchmark] public Value MissingKeyAbsorbed() => _absent.Evaluate(Small);
    [Benchmark] public Value Matches() => _matches.Evaluate(Small);
    [Benchmark] public Value BracesWithWords() => _words.Evaluate(Small);
    [Benchmark] public Value TemplateOnePathTyped() => _typed.Evaluate(Small);
    [Benchmark] public Value TemplateThreeSubstitutions() => _three.Evaluate(Small);

    [Benchmark] public object? CompileCondition() => Condition.TryCompile(Mark, Small.Scope, out _);
    [Benchmark] public object? CompileTemplate() => Template.TryCompile(Three, Small.Scope, out _);
    [Benchmark] public object? CompileCached() => ExpressionCache.OfProcess.TryCondition(Mark, Small.Scope, out _);
    [Benchmark] public Value ReadJsonHalfKilobyte() => Value.FromJson(Data);

    [Benchmark] public Value WorstConditionFuel() => _fuel.Evaluate(Large);
    [Benchmark] public Value WorstTemplateFuel() => _templateFuel.Evaluate(Large);
    [Benchmark] public Value WorstOutputSize() => _output.Evaluate(Large);
    [Benchmark] public Value WorstTextGrowth() => _growth.Evaluate(Large);
    [Benchmark] public Value WorstRegexOver100KChars() => _regex.Evaluate(Large);
    [Benchmark] public Value WorstDeepDataCompared() => _deep.Evaluate(Large);
    [Benchmark] public Value WorstDeepDataRead() => Value.FromJson(DeepJson);
    [Benchmark] public Value WorstWideMapLookup() => _wide.Evaluate(Large);
    [Benchmark] public Value WorstWideMapWalked() => _wideWalk.Evaluate(Large);
    [Benchmark] public Value WorstWideMapRead() => Value.FromJson(WideJson);

    private static string Wide(int keys) =>
        $"{{{string.Join(',', Enumerable.Range(0, keys).Select(i => $"\"key{i}\":{i}"))}}}";

    private static string Deep(int levels) =>
        string.Concat(Enumerable.Repeat("{\"a\":", levels - 1)) + "[]" + new string('}', levels - 1);
}
